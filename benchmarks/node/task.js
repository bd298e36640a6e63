// What a peer is told: one JSON object as its only argument, the same as for the peers in Python.
export const task = JSON.parse(process.argv[2]);
