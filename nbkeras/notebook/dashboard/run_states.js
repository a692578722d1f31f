// States of a run, as named by the kernel.

// Whether the run can still be controlled; the kernel defines the states.
export function isActive(model) {
  return model.get("active_statuses").includes(model.get("status"));
}
