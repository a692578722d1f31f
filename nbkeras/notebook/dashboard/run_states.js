// States of a run, as the kernel names them.
export const ACTIVE = ["starting", "running", "validating", "paused"];
