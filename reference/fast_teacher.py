"""A teacher on OpenVINO: the same net as nets.py's, several times as fast on a CPU, for studies of many photos. In float32 its logits are PyTorch's.
In bfloat16, at least twice as fast where the processor has it, probabilities of EfficientNet-Lite0 are off by 0.05 in the root mean square (half-hidden
photos).
"""

from collections.abc import Iterable

import numpy as np
import openvino
import torch
from nets import CLASSES, SIZE, load_teacher

# Images of a request and requests at once, whichever are the fastest on a CPU.
REQUESTS = {"f32": (1, 2), "bf16": (8, 1)}
TOLERANCE = 1e-3


class FastTeacher:
    """Requests are submitted as images come, so the caller's work on the next ones goes on beside the net."""

    def __init__(self, precision: str = "f32", net: torch.nn.Module | None = None):
        """`net`: EfficientNet-Lite0 if absent."""
        self.size, streams = REQUESTS[precision]
        teacher = net or load_teacher()
        example = torch.randn(4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            expected = teacher(example).numpy()
            net = openvino.convert_model(teacher, example_input=example, input=[self.size, 3, SIZE, SIZE])
        settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": str(streams)}
        self.queue = openvino.AsyncInferQueue(openvino.Core().compile_model(net, "CPU", settings), 2)
        self.queue.set_callback(lambda request, to: np.copyto(to[0], request.get_output_tensor(0).data[: len(to[0])]))
        difference = np.abs(self.logits([example], 4) - expected).max()
        if precision == "f32" and not difference < TOLERANCE:
            raise SystemExit(f"OpenVINO's logits differ from PyTorch's by {difference:.1e}: take another version of openvino.")

    def logits(self, batches: Iterable[torch.Tensor], count: int) -> np.ndarray:
        """float32 (count, 1000) of `count` normalised images in batches of any size."""
        out, done = np.empty((count, CLASSES), np.float32), 0
        for batch in batches:
            for first in range(0, len(batch), self.size):
                images = np.ascontiguousarray(batch[first : first + self.size].numpy())
                rows = out[done : done + len(images)]
                done += len(images)
                if len(images) < self.size:
                    images = np.concatenate([images, np.zeros((self.size - len(images), *images.shape[1:]), np.float32)])
                # The request reads the images in place: its user data keep them alive.
                self.queue.start_async({0: images}, (rows, images), share_inputs=True)
        self.queue.wait_all()
        return out
