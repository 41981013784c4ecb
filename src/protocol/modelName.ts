/** Names of files that hold a model; the `when` clauses of the menus say the same. */
export const modelName = /\.(onnx|keras|h5|hdf5|pt2)$|^(model\.json|saved_model\.pb)$/i;
