// The page around a widget: its kernel, and its static picture.

// Whether the widget's kernel is gone, as in a reopened notebook. JupyterLab marks the
// models of a manually restarted kernel; a kernel that died or was shut down shows only
// in the session's status.
const ENDS = ["restarting", "autorestarting", "dead"];

export function watchKernel(model, source, signal) {
  const session = model.widget_manager.context?.sessionContext;
  const callbacks = [];
  let gone = source.comm_live === false;
  const end = () => {
    if (gone) return;
    gone = true;
    for (const callback of callbacks) callback();
  };
  const onMark = () => source.comm_live === false && end();
  const onStatus = (_, status) => ENDS.includes(status) && end();
  const onKernel = (_, { oldValue }) => oldValue && end();
  model.on("comm_live_update", onMark);
  session?.statusChanged.connect(onStatus);
  session?.kernelChanged.connect(onKernel);
  signal.addEventListener("abort", () => {
    model.off("comm_live_update", onMark);
    session?.statusChanged.disconnect(onStatus);
    session?.kernelChanged.disconnect(onKernel);
  });
  return { isGone: () => gone, onGone: (callback) => callbacks.push(callback) };
}

// The static picture is an output that the kernel updates by its display id. A reloaded
// page has lost display ids: it requests the picture and inserts it into the notebook
// itself, so that the saved picture is current. Front ends without a notebook model keep
// the old picture.
export function keepPicture(model, signal) {
  const mark = `data-nbk="${model.get("static_copy")}"`;
  const take = (message) => {
    const place = message.picture && outputWith(model, mark);
    if (!place) return;
    const output = place.outputs.get(place.index).toJSON();
    if ([output.data["text/html"]].flat().join("") === message.picture) return;
    place.outputs.set(place.index, { ...output, data: { ...output.data, "text/html": message.picture } });
  };
  if (!outputWith(model, mark)) return;
  model.on("msg:custom", take);
  signal.addEventListener("abort", () => model.off("msg:custom", take));
  model.send({ do: "picture" });
}

function outputWith(model, mark) {
  const cells = model.widget_manager.context?.model?.cells ?? { length: 0 };
  for (let i = 0; i < cells.length; i += 1) {
    const outputs = cells.get(i).outputs ?? { length: 0 };
    for (let index = 0; index < outputs.length; index += 1) {
      const html = outputs.get(index).data?.["text/html"];
      if (html && [html].flat().join("").includes(mark)) return { outputs, index };
    }
  }
  return null;
}
