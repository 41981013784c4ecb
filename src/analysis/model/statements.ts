import type { InputSize } from '../formats/format';
import { chosenClassNames } from '../images/classNames';
import { type Companions, readCompanions } from '../images/companions/companions';
import { planPreprocessing, type PreprocessingPlan } from '../images/preprocess';
import { type FoundSideFile, readSideFile } from '../images/sideFile';
import type { DescribedModel, ModelReading } from './read';

/** What the user says of a model when asking, and what files beside it say; none of it is in the model. */
export interface Statements {
  readonly sideFile: FoundSideFile | null;
  readonly companions: Companions;
  /** For what the model's file leaves open. */
  readonly choices: ModelReading;
}

/** What a user can say of a model without writing a file. */
export interface Said {
  /** JSON or a side file's path. */
  readonly preprocessing?: string | undefined;
  /** Height and width. */
  readonly inputSize?: readonly [number, number] | undefined;
  readonly signature?: string | undefined;
  readonly output?: string | undefined;
}

/**
 * Reads what is said of a model: by the user, by its side file, by other tools' files beside it.
 *
 * @throws AnalysisError 'invalid-input' or 'limit-exceeded' for a side file or an option that cannot be read
 */
export async function readStatements(model: string, said: Said): Promise<Statements> {
  const sideFile = await readSideFile(model, said.preprocessing);
  const companions = await readCompanions(model);
  const { size, source = '' } = companions.inputSize ?? {};
  return {
    sideFile,
    companions,
    choices: {
      binary: sideFile?.binary,
      inputSize: userSize(said, sideFile),
      statedSize: size && { size, source: `${source} beside the model` },
      statedChannels: companions.channels ?? undefined,
      signature: said.signature ?? sideFile?.signature,
      output: said.output ?? sideFile?.output,
    },
  };
}

function userSize(said: Said, sideFile: FoundSideFile | null): InputSize | undefined {
  if (said.inputSize) return { size: said.inputSize, source: '--input-size' };
  return sideFile?.inputSize && { size: sideFile.inputSize, source: '"inputSize" in the side file' };
}

/** How images become a model's input, by all that is said. */
export function planOf(
  { loaded }: DescribedModel,
  { sideFile, companions }: Statements,
  preprocessed: boolean,
): PreprocessingPlan {
  const { inputShape, layout, preprocessing: fromModel, insidePreprocessing: insideModel } = loaded;
  const besideModel = companions.preprocessing;
  return planPreprocessing({ inputShape, layout, fromModel, insideModel, sideFile, besideModel, preprocessed });
}

/** The names of a model's classes by all that is said: its own, else the side file's, else those beside it that fit. */
export function classNamesOf(
  { loaded, classes }: DescribedModel,
  { sideFile, companions }: Statements,
): ReturnType<typeof chosenClassNames> {
  const given = [
    ...(loaded.classes ? [{ names: loaded.classes, source: 'the model' }] : []),
    ...(sideFile?.classes ? [{ names: sideFile.classes, source: 'the side file' }] : []),
  ];
  return chosenClassNames(classes, given, companions.classNames);
}
