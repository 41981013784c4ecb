"""Public attacks on a model that the bench answers for: they see its logits and gradients, and nothing else of it."""

import numpy as np
import torch
from adv_lib.attacks import alma, ddn, fmn
from channel import receive, send
from foolbox import PyTorchModel
from foolbox import attacks as fb

torch.manual_seed(0)


def ask(kind, *arrays):
    data = b"".join(np.ascontiguousarray(a.detach().numpy(), dtype="<f4").tobytes() for a in arrays)
    send({"ask": kind, "n": len(arrays[0])}, data)
    return torch.from_numpy(np.frombuffer(receive()[1], "<f4").copy()).reshape(len(arrays[0]), -1)


class Answer(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return ask("logits", x)

    @staticmethod
    def backward(ctx, cotangent):
        return ask("gradients", ctx.saved_tensors[0], cotangent)


class Model(torch.nn.Module):
    """Takes the attacks' [0, 1] to the network's inputs. Images fill the middle third, so that nothing is ever clipped."""

    def __init__(self, low, span):
        super().__init__()
        self.low, self.span = low, span

    def forward(self, u):
        return Answer.apply((u - 1 / 3) * (3 * self.span) + self.low)


def with_foolbox(attack):
    def run(model, u, labels):
        model = PyTorchModel(model.eval(), bounds=(0, 1))
        return attack(model, u, labels, epsilons=None)[0]

    return run


# Each norm with the attacks that minimise it; the number is that of their steps.
ATTACKS = {
    "L2": {
        "Foolbox DeepFool": with_foolbox(fb.L2DeepFoolAttack()),
        "Foolbox DDN 200": with_foolbox(fb.DDNAttack(steps=200)),
        "Foolbox DDN 1000": with_foolbox(fb.DDNAttack(steps=1000)),
        "Foolbox BB 1000": with_foolbox(fb.L2BrendelBethgeAttack(init_attack=fb.DDNAttack(steps=50), steps=1000)),
        "adv-lib DDN 1000": lambda model, u, labels: ddn(model, u, labels, steps=1000, levels=None),
        "adv-lib FMN 1000": lambda model, u, labels: fmn(model, u, labels, norm=2, steps=1000),
        "adv-lib ALMA 1000": lambda model, u, labels: alma(model, u, labels, num_steps=1000, init_lr_distance=0.1),
    },
    "L∞": {
        "Foolbox DeepFool": with_foolbox(fb.LinfDeepFoolAttack()),
        "adv-lib FMN 1000": lambda model, u, labels: fmn(model, u, labels, norm=float("inf"), steps=1000, α_init=10),
    },
}


def main():
    task, data = receive()
    x = torch.from_numpy(np.frombuffer(data, "<f4").copy()).reshape(task["n"], -1)
    low, span = float(x.min()), float(x.max() - x.min())
    model = Model(low, span)
    u = (x - low) / (3 * span) + 1 / 3
    with torch.no_grad():
        labels = model(u).argmax(1)
    for norm, attacks in ATTACKS.items():
        for name, attack in attacks.items():
            send({"begin": name})
            receive()
            found = attack(model, u, labels)
            moved = (found.detach() - u) * (3 * span)
            send({"found": name, "norm": norm}, np.ascontiguousarray(moved.numpy(), dtype="<f4").tobytes())
            receive()
    send({"end": True})


main()
