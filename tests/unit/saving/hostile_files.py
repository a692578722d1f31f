"""Files that mean harm, made one by one in a folder: {name: path}.

Each is what an advisory on model files describes, or a neighbour of it: code, names of
functions, links to other files, sizes beyond the memory, names that leave the folder.
"""

import base64
import io
import json
import marshal
import pickle
import struct
import zipfile
import zlib

import h5py
import numpy as np

MARKER = "was_here.txt"


def base_model(nbkeras):
    """The model whose files are changed."""
    return nbkeras.Sequential(
        [
            nbkeras.Input(shape=(4,)),
            nbkeras.layers.Dense(3, activation="relu", name="first"),
            nbkeras.layers.Dense(2, name="second"),
        ],
        name="base",
    )


def make(folder, nbkeras):
    """Write all files; returns {name: path}."""
    model = base_model(nbkeras)
    model.compile("adam", "mse")
    model.save(folder / "good.keras")
    model.save(folder / "good.h5")
    model.save_weights(folder / "good.weights.h5")
    made = {}
    with zipfile.ZipFile(folder / "good.keras") as archive:
        config = json.loads(archive.read("config.json"))
        weights = archive.read("model.weights.h5")
    (folder / "secret.h5").write_bytes(weights)
    for name, text in configs(config, folder).items():
        made[name] = folder / f"{name}.keras"
        archive_of(made[name], text, weights)
    for name, data in weights_files(folder, weights).items():
        made[f"w {name}"] = folder / f"{name}.weights.h5"
        made[f"w {name}"].write_bytes(data)
        made[f"k {name}"] = folder / f"w {name}.keras"
        archive_of(made[f"k {name}"], json.dumps(config), data)
    for name, data in strangers(config, weights).items():
        made[name] = folder / f"{name}.keras"
        made[name].write_bytes(data)
    made |= legacy_files(folder)
    (folder / "saved_model").mkdir()
    (folder / "saved_model" / "saved_model.pb").write_bytes(b"\x08\x01")
    made["saved model folder"] = folder / "saved_model"
    made["missing"] = folder / "missing.keras"
    return made


def archive_of(path, config, weights, packing=zipfile.ZIP_STORED):
    """A `.keras` file from its parts."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", weights)


def layer(class_name, config=None, module="keras.layers", registered=None):
    """One saved layer."""
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": "evil", **(config or {})},
        "registered_name": registered,
    }


def function(module, name):
    """A saved function."""
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def configs(good, folder):
    """{name: text of config.json}."""
    marker = str(folder / MARKER)
    text = f"open({marker!r}, 'w').write('x')"
    code = base64.b64encode(marshal.dumps(compile(text, "x", "eval"))).decode()
    lambda_config = {"code": code, "defaults": None, "closure": None}
    run = {"args": ["touch", marker]}

    def with_layer(*layers):
        config = json.loads(json.dumps(good))
        config["config"]["layers"][2:] = layers
        return json.dumps(config)

    def with_dense(**changes):
        config = json.loads(json.dumps(good))
        config["config"]["layers"][1]["config"].update(changes)
        return json.dumps(config)

    def with_top(**changes):
        return json.dumps({**good, **changes})

    def with_inner(**changes):
        return json.dumps({**good, "config": {**good["config"], **changes}})

    def compiled(**changes):
        return json.dumps(
            {**good, "compile_config": {**good["compile_config"], **changes}}
        )

    coded = {"class_name": "__lambda__", "config": lambda_config}
    found = {
        "lambda code": with_layer(layer("Lambda", {"function": coded})),
        "lambda code of keras 2": with_layer(
            layer("Lambda", {"function": [code, None, None], "function_type": "lambda"})
        ),
        "lambda os system": with_layer(
            layer(
                "Lambda",
                {"function": function("os", "system"), "arguments": {"command": "id"}},
            )
        ),
        "lambda eval": with_layer(layer("Lambda", {"function": "eval"})),
        "lambda builtin": with_layer(
            layer("Lambda", {"function": function("builtins", "exec")})
        ),
        "lambda set epsilon": with_layer(
            layer("Lambda", {"function": function("keras.config", "set_epsilon")})
        ),
        "lambda unsafe": with_layer(
            layer(
                "Lambda",
                {"function": function("keras.config", "enable_unsafe_deserialization")},
            )
        ),
        "lambda get file": with_layer(
            layer("Lambda", {"function": function("keras.utils", "get_file")})
        ),
        "layer popen": with_layer(layer("Popen", run, "subprocess")),
        "layer system": with_layer(layer("system", {"command": "id"}, "os")),
        "layer registered exec": with_layer(layer("X", {}, None, "builtins>exec")),
        "layer get file": with_layer(
            layer("get_file", {"origin": "https://localhost/x"}, "keras.utils")
        ),
        "layer as function": with_layer(function("os", "system")),
        "layer lambda": with_layer(coded),
        "layer dunder": with_layer(layer("__class__")),
        "layer path": with_layer(layer("../../Dense")),
        "layer torch": with_layer(
            layer("TorchModuleWrapper", {"module": code, "output_shape": [2]})
        ),
        "layer saved model": with_layer(layer("TFSMLayer", {"filepath": marker})),
        "layer vocabulary": with_layer(layer("StringLookup", {"vocabulary": marker})),
        "layer text vocabulary": with_layer(
            layer("TextVectorization", {"vocabulary": "https://localhost/x"})
        ),
        "layer jax": with_layer(layer("JaxLayer", {"call_fn": coded})),
        "layer wrapped lambda": with_layer(
            layer("TimeDistributed", {"layer": layer("Lambda", {"function": coded})})
        ),
        "activation system": with_dense(activation=function("os", "system")),
        "activation dotted": with_dense(activation="os.system"),
        "activation import": with_dense(activation="__import__"),
        "activation object": with_dense(activation=layer("Popen", run, "subprocess")),
        "initializer popen": with_dense(
            kernel_initializer=layer("Popen", run, "subprocess")
        ),
        "regularizer eval": with_dense(kernel_regularizer="eval"),
        "constraint function": with_dense(kernel_constraint=function("os", "system")),
        "optimizer popen": compiled(optimizer=layer("Popen", run, "subprocess")),
        "loss system": compiled(loss=function("os", "system")),
        "metric eval": compiled(metrics=["eval"]),
        "metric code": compiled(metrics=[coded]),
        "compile no object": compiled(optimizer=[[1, 2], {"a": "b"}]),
        "name leaves": with_dense(name="../../evil"),
        "name with slash": with_dense(name="a/b"),
        "name of a megabyte": with_dense(name="x" * 2**20),
        "name a list": with_dense(name=["x"]),
        "key of a megabyte": with_dense(**{"k" * 2**20: 1}),
        "text of a megabyte": with_dense(activation="x" * 2**20),
        "deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
        "deep lists": '{"class_name": "Sequential", "config": '
        + "[" * 50_000
        + "]" * 50_000
        + "}",
        "layers 100,000": with_inner(layers=[{"class_name": "Dense"}] * 100_000),
        "values 3,000,000": with_inner(layers=[0] * 3_000_000),
        "lists 300,000": with_inner(layers=[[]] * 300_000),
        "huge number": json.dumps(good).replace('"units": 3', '"units": ' + "9" * 5000),
        "nan": json.dumps(good).replace('"units": 3', '"units": NaN'),
        "infinite float": json.dumps(good).replace('"units": 3', '"units": 1e999'),
        "no json": "{'class_name': 'Sequential'}",
        "list on top": json.dumps([good]),
        "empty object": "{}",
        "text on top": '"Sequential"',
        "two bytes text": json.dumps(good).encode("utf-16"),
        "units 50,000,000": with_dense(units=50_000_000),
        "units 2**53": with_dense(units=2**53),
        "units a text": with_dense(units="3"),
        "units negative": with_dense(units=-3),
        "embedding of terabytes": with_layer(
            layer("Embedding", {"input_dim": 10**9, "output_dim": 10**6})
        ),
        "kernel of terabytes": with_layer(
            layer("Reshape", {"target_shape": [3, 1], "name": "r"}),
            layer(
                "Conv1D",
                {"filters": 10**6, "kernel_size": [10**9], "padding": "same"},
            ),
        ),
        "input of terabytes": with_inner(
            layers=[
                layer("InputLayer", {"batch_shape": [None, 10**14]}),
                layer("Dense", {"units": 8, "name": "d"}),
            ]
        ),
        "input no shape": with_inner(
            layers=[layer("InputLayer", {"batch_shape": "x"})]
        ),
        "repeat of terabytes": with_layer(
            layer("RepeatVector", {"n": 10**15}),
            layer("Flatten", {"name": "flat"}),
            layer("Dense", {"units": 1, "name": "last"}),
        ),
        "dtype object": with_dense(dtype="object"),
        "dtype void": with_dense(dtype="V1000000000"),
        "no config": with_top(config=None),
        "config a number": with_top(config=7),
        "layers null": with_inner(layers=None),
        "layers a text": with_inner(layers="Dense"),
        "layer null": with_layer(None),
        "layer a number": with_layer(7),
        "unknown argument": with_dense(__class__="x"),
        "unknown class": with_top(class_name="Model2"),
        "no model": json.dumps(layer("Dense", {"units": 2})),
        "class a list": with_top(class_name=["Sequential"]),
        "graph to nowhere": json.dumps(graph(["gone", 0, 0], ["a", 0, 0])),
        "graph in a circle": json.dumps(graph(["b", 0, 0], ["b", 0, 0])),
        "graph output gone": json.dumps(graph(["a", 0, 0], ["z", 9, 9])),
        "graph call of nothing": json.dumps(graph(7, ["b", 0, 0])),
    }
    return found


def graph(source, output):
    """A functional model of an input and one layer that takes `source`."""
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": source}}
    call = {"args": [tensor], "kwargs": {}}
    return {
        "module": "keras",
        "class_name": "Functional",
        "config": {
            "name": "graph",
            "layers": [
                {
                    **layer("InputLayer", {"batch_shape": [None, 4], "name": "a"}),
                    "name": "a",
                    "inbound_nodes": [],
                },
                {
                    **layer("Dense", {"units": 2, "name": "b"}),
                    "name": "b",
                    "inbound_nodes": [call],
                },
            ],
            "input_layers": ["a", 0, 0],
            "output_layers": output,
        },
    }


KERNEL = "layers/dense/vars/0"


def zeros(megabytes):
    """So many megabytes of zeros, packed."""
    packer, part = zlib.compressobj(1), bytes(2**20)
    return b"".join(
        [*(packer.compress(part) for _ in range(megabytes)), packer.flush()]
    )


def weights_files(folder, good):
    """{name: bytes of a weights file}; what the first kernel (4, 3) is instead."""
    secret, made = str(folder / "secret.h5"), {}

    def file(name):
        def add(change):
            buffer = io.BytesIO(good)
            with h5py.File(buffer, "r+") as opened:
                parent, old = opened["layers/dense/vars"], opened[KERNEL][()]
                del opened[KERNEL]
                change(opened, parent, old)
            made[name] = buffer.getvalue()
            return change

        return add

    @file("external link")
    def _(top, parent, old):
        parent["0"] = h5py.ExternalLink(secret, KERNEL)

    @file("soft link")
    def _(top, parent, old):
        parent["0"] = h5py.SoftLink("/layers/dense_1/vars/0")

    @file("link of the group")
    def _(top, parent, old):
        del top["layers"]
        top["layers"] = h5py.ExternalLink(secret, "layers")

    @file("circle")
    def _(top, parent, old):
        parent["0"] = top["layers"]

    @file("circle of groups")
    def _(top, parent, old):
        parent.create_dataset("0", data=old)
        top["layers/more"] = top["layers"]

    @file("external storage")
    def _(top, parent, old):
        place = [(secret, 0, h5py.h5f.UNLIMITED)]
        parent.create_dataset("0", (4, 3), "float32", external=place)

    @file("virtual")
    def _(top, parent, old):
        layout = h5py.VirtualLayout((4, 3), "float32")
        layout[:] = h5py.VirtualSource(secret, KERNEL, (4, 3))
        parent.create_virtual_dataset("0", layout)

    @file("huge shape")
    def _(top, parent, old):
        parent.create_dataset("0", (2**24, 2**26), "float32", chunks=(4, 4))

    @file("huge chunk")
    def _(top, parent, old):
        how = {"maxshape": (None, None), "chunks": (16000, 16000)}
        set_ = parent.create_dataset("0", (4, 3), "f4", compression="gzip", **how)
        set_.id.write_direct_chunk((0, 0), zeros(16000 * 16000 * 4 >> 20))

    @file("chunk that unpacks to more")
    def _(top, parent, old):
        how = {"chunks": (4, 3), "compression": "gzip"}
        set_ = parent.create_dataset("0", (4, 3), "f4", **how)
        set_.id.write_direct_chunk((0, 0), zeros(1000))

    @file("60,000 groups")
    def _(top, parent, old):
        parent.create_dataset("0", data=old)
        for number in range(60_000):
            h5py.h5g.create(top["layers"].id, b"%d" % number)

    @file("20,000 groups of one group")
    def _(top, parent, old):
        parent.create_dataset("0", data=old)
        for number in range(20_000):
            outer = h5py.h5g.create(top["layers"].id, b"%d" % number)
            h5py.h5g.create(outer, b"vars")

    @file("groups 500 deep")
    def _(top, parent, old):
        parent.create_dataset("0", data=old)
        top.create_group("layers" + "/x" * 500)

    @file("other filter")
    def _(top, parent, old):
        parent.create_dataset("0", data=old, chunks=(4, 3), compression="lzf")

    for name, value in {
        "complex": np.ones((4, 3), "complex64"),
        "text": np.full((4, 3), b"a"),
        "compound": np.ones((4, 3), [("a", "f4"), ("b", "i4")]),
        "beyond float32": np.full((4, 3), 1e300),
        "other shape": np.ones((3, 4), "float32"),
        "one more axis": np.ones((4, 3, 1), "float32"),
        "scalar": np.float32(1),
        "no rows": np.ones((0, 3), "float32"),
        "empty": h5py.Empty("float32"),
        "references": None,
        "texts of any length": None,
    }.items():

        @file(name)
        def _(top, parent, old, name=name, value=value):
            if name == "references":
                made = parent.create_dataset("0", (4, 3), h5py.ref_dtype)
                made[0, 0] = top.ref
            elif name == "texts of any length":
                parent.create_dataset("0", (4, 3), h5py.string_dtype())
            else:
                parent.create_dataset("0", data=value)

    @file("a group")
    def _(top, parent, old):
        parent.create_group("0")

    @file("missing weight")
    def _(top, parent, old):
        pass

    @file("a weight more")
    def _(top, parent, old):
        parent.create_dataset("0", data=old)
        parent.create_dataset("2", data=old)

    @file("an additional layer")
    def _(top, parent, old):
        parent.create_dataset("0", data=old)
        top.create_dataset("layers/dense_2/vars/0", data=old)

    @file("layers swapped")
    def _(top, parent, old):
        parent.create_dataset("0", data=old)
        top.move("layers/dense", "layers/x")
        top.move("layers/dense_1", "layers/dense")
        top.move("layers/x", "layers/dense_1")

    @file("changed after writing")
    def _(top, parent, old):
        set_ = parent.create_dataset("0", data=old + 1)
        set_.attrs["crc32"] = np.uint32(7)

    return made


def strangers(config, weights):
    """{name: bytes} of what is no good archive at all."""
    buffer = io.BytesIO()
    archive_of(buffer, json.dumps(config), weights)
    good = buffer.getvalue()

    def zipped(*members, packing=zipfile.ZIP_STORED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", packing) as archive:
            for name, data in members:
                archive.writestr(name, data)
        return out.getvalue()

    def said_to_be(data, name, size):
        """The size of a member replaced in both headers."""
        place = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
        data = bytearray(data)
        data[place + 24 : place + 28] = struct.pack("<I", size)
        return bytes(data)

    text = json.dumps(config)
    deflated = zipfile.ZIP_DEFLATED
    encrypted = bytearray(good)
    encrypted[good.rindex(b"PK\x01\x02") + 8] |= 1
    return {
        "nothing": b"",
        "web page": b"<!DOCTYPE html>\n<html><body>404</body></html>",
        "lfs pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:ab",
        "pickle": pickle.dumps({"a": 1}),
        "pickle of protocol 0": pickle.dumps({"a": 1}, protocol=0),
        "gzip": b"\x1f\x8b\x08" + b"0" * 100,
        "noise": bytes(np.random.default_rng(0).integers(0, 256, 4000, np.uint8)),
        "zip of torch": zipped(("archive/data.pkl", pickle.dumps([1]))),
        "zip of arrays": zipped(("x.npy", b"\x93NUMPY")),
        "no weights": zipped(("config.json", text)),
        "no config": zipped(("model.weights.h5", weights)),
        "config of 64 megabytes": zipped(
            ("config.json", text + " " * 2**26),
            ("model.weights.h5", weights),
            packing=deflated,
        ),
        "weights of 300 megabytes": zipped(
            ("config.json", text),
            ("model.weights.h5", weights + bytes(300 * 2**20)),
            packing=deflated,
        ),
        "weights said to be 4 gigabytes": said_to_be(
            good, "model.weights.h5", 2**32 - 2
        ),
        "config said to be short": said_to_be(good, "config.json", 40),
        "lzma": zipped(
            ("config.json", text),
            ("model.weights.h5", weights),
            packing=zipfile.ZIP_LZMA,
        ),
        "encrypted": bytes(encrypted),
        "weights are text": zipped(
            ("config.json", text), ("model.weights.h5", b"hello")
        ),
        "weights are empty": zipped(("config.json", text), ("model.weights.h5", b"")),
        "two configs": zipped(
            ("config.json", text), ("config.json", "{}"), ("model.weights.h5", weights)
        ),
    }


def legacy_files(folder):
    """{name: path} of HDF5 files as of Keras 2."""
    good = (folder / "good.h5").read_bytes()
    marker = str(folder / MARKER)
    code = marshal.dumps(compile(f"open({marker!r}, 'w')", "x", "eval"))
    code = base64.b64encode(code).decode()
    made = {}

    def file(name):
        def add(change):
            made[f"h5 {name}"] = folder / f"h5 {name}.h5"
            made[f"h5 {name}"].write_bytes(good)
            with h5py.File(made[f"h5 {name}"], "r+") as opened:
                # Whoever means harm leaves out the sum that tells of the change.
                del opened.attrs["checksum"]
                change(opened, json.loads(opened.attrs["model_config"]))
            return change

        return add

    def put(top, config):
        top.attrs["model_config"] = json.dumps(config)

    @file("lambda code")
    def _(top, config):
        evil = layer("Lambda", {"function": [code, None, None]})
        config["config"]["layers"].append(evil)
        put(top, config)

    @file("class of os")
    def _(top, config):
        config["config"]["layers"].append(layer("system", {}, "os"))
        put(top, config)

    @file("optimizer of subprocess")
    def _(top, config):
        evil = {"class_name": "Popen", "config": {"args": ["touch", marker]}}
        trained = json.loads(top.attrs["training_config"])
        top.attrs["training_config"] = json.dumps({**trained, "optimizer_config": evil})

    @file("40,000 named layers")
    def _(top, config):
        group = top["model_weights"]
        names = [*group.attrs["layer_names"], *(b"%d" % n for n in range(40_000))]
        del group.attrs["layer_names"]
        for part in range(41):
            group.attrs[f"layer_names{part}"] = names[part * 1000 : part * 1000 + 1000]
        for name in names[2:]:
            h5py.h5g.create(group.id, name)

    @file("link")
    def _(top, config):
        name = "model_weights/first/first/0:0"
        del top[name]
        top[name] = h5py.ExternalLink(str(folder / "secret.h5"), KERNEL)

    @file("names lead out")
    def _(top, config):
        names = np.array([b"../../second/0:0", b"first/1:0"])
        top["model_weights/first"].attrs["weight_names"] = names

    @file("names are references")
    def _(top, config):
        group = top["model_weights/first"]
        del group.attrs["weight_names"]
        group.attrs.create("weight_names", [top.ref, top.ref], dtype=h5py.ref_dtype)

    @file("no json")
    def _(top, config):
        top.attrs["model_config"] = "import os"

    @file("no model")
    def _(top, config):
        del top.attrs["model_config"]

    @file("huge shape")
    def _(top, config):
        name = "model_weights/first/first/0:0"
        del top[name]
        top.create_dataset(name, (2**24, 2**26), "float32", chunks=(4, 4))

    return made
