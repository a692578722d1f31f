// States of a run, as the kernel names them.

// Whether the run can still be steered; the kernel says in which states it can.
export function isActive(model) {
  return model.get("active_statuses").includes(model.get("status"));
}
