// Plain JavaScript that any Node can read: what comes after it needs a new one.

/** Of "engines" in package.json: types are stripped from here on, without a flag. */
const OLDEST = [22, 18];

/** Whether this Node is too old; then it has been said, and the exit status is set. */
export function needsNewerNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return false;
  process.stderr.write(
    `pciem: this is Node ${process.versions.node}, and pciem needs ${OLDEST.join('.')} or newer\n` +
      '  Node comes from https://nodejs.org, or from npm: npm install -g node@24\n',
  );
  process.exitCode = 1;
  return true;
}
