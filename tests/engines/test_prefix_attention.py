import pytest
import torch

from cai.engines.prefix import kernels
from cai.engines.prefix.attention import Cascade
from cai.engines.prefix.stream import place, spans_of, stream_of
from cai.engines.prefix.tree import tree_of


def reference(query, key, value, rows, scale):
    """Causal attention of one sequence by its definition, in float64: [len(rows), H, D]."""
    group = query.shape[1] // key.shape[1]
    q, k, v = (states[0, :, rows].double() for states in (query, key, value))
    k, v = k.repeat_interleave(group, 0), v.repeat_interleave(group, 0)
    out = torch.zeros_like(q)
    for head in range(q.shape[0]):
        for i in range(len(rows)):
            scores = (k[head, : i + 1] @ q[head, i]) * scale
            weights = (scores - scores.max()).exp()
            out[head, i] = (weights / weights.sum()) @ v[head, : i + 1]
    return out.transpose(0, 1)


@pytest.fixture(params=[kernels.on_cpu, kernels.plain], ids=lambda kernel: kernel.__name__)
def kernel(request):
    return request.param


@pytest.mark.parametrize("heads", [(4, 4), (4, 2), (4, 1)], ids=["all", "grouped", "one"])
def test_every_token_attends_to_its_own_sequence_alone(kernel, heads):
    def tokens(seed, length):
        return [(seed * 31 + 17 * i) % 97 for i in range(length)]

    first = tokens(1, 140)  # long enough to stand alone
    sequences = sorted(
        [first + tokens(2, 20) + tokens(s, s) for s in (3, 4, 9)]
        + [first + tokens(5, 40) + tokens(s, s) for s in (6, 30)]
        + [tokens(7, 25) + tokens(s, s) for s in (8, 10)]
        + [tokens(11, 5), first]
    )
    tree = tree_of(sequences)
    assert max(segment.parent for segment in tree.segments) > 0  # more than one level
    stream, spans = stream_of(tree, torch.device("cpu")), spans_of(tree)
    generator = torch.Generator().manual_seed(0)
    length = stream.tokens.shape[1]
    query, key, value = (
        3 * torch.randn(1, count, length, 8, generator=generator)
        for count in (heads[0], heads[1], heads[1])
    )
    out = Cascade(stream, kernel)(query, key, value, 0.5)
    assert out.shape == (1, length, heads[0], 8)
    for number, sequence in enumerate(sequences):
        rows = [place(tree, spans, number, position) for position in range(len(sequence))]
        wanted = reference(query, key, value, rows, 0.5)
        torch.testing.assert_close(out[0, rows].double(), wanted, atol=5e-5, rtol=0)


def test_scores_far_apart_are_merged_without_overflow(kernel):
    tree = tree_of([[1] * 20 + [2], [1] * 20 + [3]])
    stream = stream_of(tree, torch.device("cpu"))
    states = torch.ones(1, 1, 22, 4)
    query, key = 100 * states, states.clone()
    key[:, :, 20:] = -1.0  # all weight is on what the two have in common
    value = torch.arange(22.0)[None, None, :, None].expand(1, 1, 22, 4)
    out = Cascade(stream, kernel)(query, key, value, 1.0)
    torch.testing.assert_close(out[0, 20:], torch.full((2, 1, 4), 9.5), atol=1e-4, rtol=0)
