"""Steps: jitted, own, stateful, and several in one call to the device."""
