import { format } from 'prettier';

const number = (x) => (x === undefined ? '' : x.toExponential(0).replace('e-', 'e−').replace('e+', 'e'));

/** What stands in a cell: the errors of logits and gradient, time and memory, or a reason. */
function cell(result) {
  if (result === undefined) return 'not measured';
  if (result.notMade) return `not exported: ${shortened(result.notMade)}`;
  if (result.refused) return `refused: ${shortened(result.refused)}`;
  if (result.failed) return `**failed**: ${shortened(result.failed)}`;
  const { logits, gradient, atKink, right, seconds, megabytes } = result;
  const errors = `${number(logits)}, ${number(gradient)}${atKink && right ? ' (at a kink)' : ''}`;
  return `${right ? '' : '**wrong** '}${errors}; ${seconds.toFixed(0)} s, ${megabytes.toFixed(0)} MB`;
}

function shortened(reason) {
  const plain = reason.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
  return plain.length > 160 ? `${plain.slice(0, 160)} …` : plain;
}

/** A table of what a framework's makers came to, a column a format. */
function tableOf({ makers }, results) {
  const formats = [...new Set(makers.flatMap((maker) => maker.formats))];
  const measured = makers.map(({ name }) => name).filter((name) => results.some((result) => result.name === name));
  const rows = measured
    .sort()
    .map((name) => [
      name,
      ...formats.map((each) => cell(results.find((result) => result.name === name && result.format === each))),
    ]);
  const head = ['architecture', ...formats];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The results as a page of Markdown. */
export async function writeTable(results, frameworks) {
  const right = results.filter((result) => result.right).length;
  return format(
    `# Architectures

Made by \`npm run architectures\`: models with seeded random weights, written by their framework and read here, and two random
images each, of 64 × 64 where the architecture takes such (at 224 × 224 a process takes more memory). A cell holds the relative error (‖a − b‖/‖b‖, worst image) of the logits and of the gradient of F = f_j − f_k
against the framework's own, the time from opening the file to both gradients, and the peak memory of the process. “At a kink”:
the gradient is that of the framework within the noise that rounding x makes, because a maximum or a ReLU is tied to within
rounding. Times were taken on a shared machine with two slow cores and say no more than the order. ${right} of ${results.length} are right.

Versions: ${frameworks.map(({ versions }) => versions).join('; ')}.

${frameworks.map((framework) => tableOf(framework, results)).join('\n\n')}
`,
    { parser: 'markdown', printWidth: 120 },
  );
}
