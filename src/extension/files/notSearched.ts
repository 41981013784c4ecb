/** Folders of the workspace in which neither models nor images are looked for. */
export const notSearched = '**/{node_modules,.git,.venv}/**';
