import { AnalysisError } from '../../src/analysis/base/errors';
import { agreement } from './agreement';
import { readArrays } from './expected';

/** Prints as JSON how a model's answers compare with the arrays of scripts/architectures, or why it is refused. */
async function main([file, folder, images]: readonly string[]): Promise<void> {
  try {
    const result = await agreement(file, readArrays(folder, Number(images)));
    console.log(JSON.stringify({ ...result, megabytes: process.resourceUsage().maxRSS / 1024 }));
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    console.log(JSON.stringify({ refused: `${error.message} [${error.code}]` }));
  }
}

void main(process.argv.slice(2));
