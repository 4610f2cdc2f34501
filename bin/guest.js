// Without Node's compile cache: it would be gone with the machine, and writing it takes longer than it could save.
const { runInGuest } = await import('../dist/run/guest.js');
await runInGuest(process.argv[2]);
