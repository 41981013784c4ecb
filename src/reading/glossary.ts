/** What a quantity is, in plain words. */
export interface Meaning {
  readonly term: string;
  readonly meaning: string;
}

/** Every quantity that a reader meets, in plain words. */
export const glossary: readonly Meaning[] = [
  {
    term: 'Distance to the boundary',
    meaning:
      'how much an image must change, at least, before the model sees another class in it. An upper bound: a smaller change may exist.',
  },
  {
    term: '% of the norm',
    meaning:
      'that change compared with the image itself, both as the network sees them. 1 % is hard to see, 100 % is as large as the image.',
  },
  {
    term: 'In pixels (0–255)',
    meaning: 'the same change as it would be made to the picture: the root of the sum of squares over all its values.',
  },
  { term: 'Nearest class', meaning: 'the class that the image becomes by the smallest change that was found.' },
  {
    term: 'Margin',
    meaning: 'how far the score of the predicted class is ahead of the next one, in logits. 0 on the boundary.',
  },
  {
    term: 'Curvature',
    meaning:
      'how the boundary bends near an image. Positive: the region bulges outwards, as a ball does. Negative: the boundary bends towards the image. 0: flat.',
  },
  {
    term: 'Shared directions',
    meaning:
      'changes of the image along which the boundaries near many different images bend most. A few of them explain most weaknesses.',
  },
  {
    term: 'Connected regions',
    meaning: 'whether one can go from one image of a class to another without ever leaving the class.',
  },
  { term: 'Convex regions', meaning: 'whether mixtures of images of one class stay in the class.' },
  {
    term: 'Looks perturbed, not flagged',
    meaning: 'whether an image’s score is above the threshold that few clean images pass. Neither is a proof.',
  },
  { term: 'False-alarm rate', meaning: 'the share of clean images that look perturbed, too.' },
  { term: 'p', meaning: 'the share of clean images whose score is as high as this one’s. Small: unusual.' },
  {
    term: '× the smallest perturbation',
    meaning: 'how strongly images were perturbed to test the score: 1 just reaches the boundary, 2 goes twice as far.',
  },
];
