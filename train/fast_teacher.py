"""EfficientNet-Lite0 on OpenVINO: the same net as nets.py, several times as fast on a CPU, for studies of many photos. In float32 its logits are
PyTorch's. In bfloat16, twice as fast where the processor has it, probabilities are off by 0.05 in the root mean square (half-hidden photos):
enough to choose between variants of a method, not to report one.
"""

from collections.abc import Iterable

import numpy as np
import openvino
import torch
from nets import CLASSES, SIZE, load_teacher

PRECISIONS, STREAMS, TOLERANCE = ("f32", "bf16"), 2, 1e-3


class FastTeacher:
    """Single images in parallel streams. They are submitted as they come, so the caller's work on the next ones goes on beside the net."""

    def __init__(self, precision: str = "f32"):
        teacher = load_teacher()
        example = torch.randn(4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            net, expected = openvino.convert_model(teacher, example_input=example[:1], input=[1, 3, SIZE, SIZE]), teacher(example).numpy()
        settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": str(STREAMS)}
        self.queue = openvino.AsyncInferQueue(openvino.Core().compile_model(net, "CPU", settings), STREAMS)
        self.queue.set_callback(lambda request, to: np.copyto(to[0], request.get_output_tensor(0).data[0]))
        difference = np.abs(self.logits([example], 4) - expected).max()
        if precision == "f32" and not difference < TOLERANCE:
            raise SystemExit(f"OpenVINO's logits differ from PyTorch's by {difference:.1e}: take another version of openvino.")

    def logits(self, batches: Iterable[torch.Tensor], count: int) -> np.ndarray:
        """float32 (count, 1000) of `count` normalised images in batches of any size."""
        out, done = np.empty((count, CLASSES), np.float32), 0
        for batch in batches:
            for image in np.ascontiguousarray(batch.numpy()[:, None]):
                # The request reads the image in place: its user data keep it alive.
                self.queue.start_async({0: image}, (out[done], image), share_inputs=True)
                done += 1
        self.queue.wait_all()
        return out
