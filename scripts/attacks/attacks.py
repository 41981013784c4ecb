"""Runs other tools' attacks on an ONNX model, for `npm run bench -- --python PYTHON`.

    python attacks.py MODEL.onnx IMAGES.npz OUT.npz

IMAGES hold `x` (n, …) as the network sees them. Writes an array of perturbed images for each attack that is installed and
`gradients`, how many one image took, by attack: Foolbox's DeepFool and Brendel-Bethge, adv-lib's DDN and FMN (L∞). Where an attack
finds nothing, the image itself stands there. Needs torch, onnx and onnx2torch.
"""

import json
import sys

import numpy as np
import onnx
import onnx2torch
import torch


class Counting(torch.nn.Module):
    """The model, with a count of the images that gradients were taken of."""

    def __init__(self, model):
        super().__init__()
        self.model, self.gradients = model, 0

    def forward(self, x):
        logits = self.model(x)
        if logits.requires_grad:
            logits.register_hook(self.count)
        return logits

    def count(self, gradient):
        self.gradients += int((gradient.abs().amax(dim=1) > 0).sum())


def older(model):
    """The model in opset 17, which onnx2torch reads: ours differ from it in the axes of reductions alone."""
    model.opset_import[0].version = 17
    constants = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in ("ReduceMean", "ReduceMax") and len(node.input) == 2:
            node.attribute.append(onnx.helper.make_attribute("axes", constants[node.input.pop()].tolist()))
    return model


def attacks():
    found = {}
    try:
        import foolbox

        def run(attack):
            def perturbed(model, x, labels):
                # Bounds far beyond the images: the geometry is that of the function.
                reach = 10 * float(x.max() - x.min())
                bounds = (float(x.min()) - reach, float(x.max()) + reach)
                return attack(foolbox.PyTorchModel(model, bounds=bounds), x, labels, epsilons=None)[0]

            return perturbed

        found["Foolbox DeepFool"] = run(foolbox.attacks.L2DeepFoolAttack())
        start = foolbox.attacks.L2DeepFoolAttack(steps=200, overshoot=0.1)
        found["Foolbox Brendel-Bethge, 1000 steps"] = run(foolbox.attacks.L2BrendelBethgeAttack(init_attack=start))
    except ImportError as error:
        print(f"foolbox: {error}", file=sys.stderr)
    try:
        from adv_lib.attacks import ddn, fmn

        def of_steps(steps):
            def perturbed(model, x, labels):
                # It clips to [0, 1]: there a wide range of inputs becomes that, with as much to all sides.
                reach = 10 * float(x.max() - x.min())
                low, width = float(x.min()) - reach, float(x.max() - x.min()) + 2 * reach
                scaled = lambda u: model(u * width + low)
                return ddn(scaled, (x - low) / width, labels, steps=steps, init_norm=1 / width, levels=None) * width + low

            return perturbed

        def fmn_max(model, x, labels):
            reach = 10 * float(x.max() - x.min())
            low, width = float(x.min()) - reach, float(x.max() - x.min()) + 2 * reach
            scaled = lambda u: model(u * width + low)
            steps = fmn(scaled, (x - low) / width, labels, norm=float("inf"), steps=1000, α_init=10 / width)
            return steps * width + low

        found["adv-lib FMN L∞, 1000 steps"] = fmn_max
        found["adv-lib DDN, 200 steps"] = of_steps(200)
        found["adv-lib DDN, 1000 steps"] = of_steps(1000)
    except ImportError as error:
        print(f"adv-lib: {error}", file=sys.stderr)
    return found


def main(model_path, images_path, out_path):
    torch.manual_seed(0)
    model = Counting(onnx2torch.convert(older(onnx.load(model_path)))).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    x = torch.from_numpy(np.load(images_path)["x"].astype(np.float32))
    with torch.no_grad():
        labels = model(x).argmax(1)
    arrays, gradients = {}, {}
    for name, attack in attacks().items():
        model.gradients = 0
        try:
            arrays[name] = attack(model, x, labels).detach().numpy()
            gradients[name] = model.gradients / len(x)
        except Exception as error:  # what another tool refuses is said, and the others go on
            print(f"{name}: {error}", file=sys.stderr)
    np.savez(out_path, **arrays)
    print(json.dumps(gradients))


if __name__ == "__main__":
    main(*sys.argv[1:])
