import { argmax } from '../math/vector';
import { type Analysis, phases } from './analysis';

const classified = phases<'evaluate'>().close(async (study) => {
  const { images } = study;
  const items = await study.items('evaluate', 'Classifying the images', images, [], 4, async (image, classifier) => {
    const x = Float64Array.from(image.x);
    const logits = await classifier.logits(x);
    const label = argmax(logits);
    const runnerUp = argmax(logits, label);
    const cotangent = new Float64Array(classifier.classes);
    cotangent[runnerUp] = 1;
    cotangent[label] = -1;
    const { gradients } = await classifier.gradients(x, [cotangent]);
    const { name, trueLabel } = image;
    const correct = trueLabel === null ? null : trueLabel === label;
    const margin = logits[label] - logits[runnerUp];
    return {
      item: { name, label, confidence: confidence(logits, label), runnerUp, margin, trueLabel, correct },
      arrays: {
        logits: { data: logits, shape: [classifier.classes] },
        label: { data: Float64Array.of(label), shape: [] },
        runnerUp: { data: Float64Array.of(runnerUp), shape: [] },
        marginGradient: { data: gradients[0], shape: study.model.inputShape },
      },
    };
  });
  const labelled = items.filter(({ correct }) => correct !== null);
  const right = labelled.filter(({ correct }) => correct).length;
  return {
    summary: {
      n: items.length,
      labelled: labelled.length,
      accuracy: labelled.length > 0 ? right / labelled.length : null,
    },
  };
});

/**
 * Prediction, confidence, runner-up and margin of each image, with the gradient of f_runnerUp − f_label: what anybody
 * needs to check the engine against their own framework.
 */
export const evaluate: Analysis<'evaluate'> = {
  ...classified,
  cost: (_, { images }) => ({ forwards: images, gradients: images }),
  presets: {},
};

/** Softmax probability of class k, shape (K,) → scalar. */
function confidence(logits: Float64Array, k: number): number {
  return 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - logits[k]), 0);
}
