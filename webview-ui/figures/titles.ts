/** What is seen in the figures that have a place of their own before they are there, by their ids. */
export const titles = {
  distances: 'How much change flips an image',
  'nearest-classes': 'Which class is nearest',
  'distance-pairs': 'Distance to the boundary, image by image',
  'mean-curvature': 'Mean curvature of the boundary next to each image',
  'shared-directions': 'Curvature of unseen images along the shared directions',
  robustness: 'Labels changed by noise, by where the noise is drawn from',
  'paths-found': 'Paths that stay inside one classification region',
  convexity: 'Convex combinations that keep the label',
  caught: 'Perturbed images that are caught',
} as const;
