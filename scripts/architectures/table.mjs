export async function writeTable() {
  return '';
}
