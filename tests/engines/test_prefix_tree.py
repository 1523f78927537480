import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cai.engines.prefix.stream import place, spans_of, stream_of
from cai.engines.prefix.tree import batches, tree_of

# Few tokens and lengths, so that beginnings, whole sequences and neighbours are often alike.
token_lists = st.lists(
    st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=12
)


def distinct(sequences):
    return sorted({tuple(each): each for each in sequences}.values())


def way(tree, sequence):
    index, found = tree.ends[sequence], []
    while index >= 0:
        found.append(index)
        index = tree.segments[index].parent
    return found[::-1]


@given(token_lists, st.integers(0, 6))
def test_a_sequence_is_the_tokens_of_its_segments(sequences, least_saved):
    sequences = distinct(sequences)
    tree = tree_of(sequences, least_saved=least_saved)
    for number, sequence in enumerate(sequences):
        own = [tree.segments[index] for index in way(tree, number)]
        assert [token for segment in own for token in segment.tokens] == sequence
        assert all(segment.tokens for segment in own)
        starts = [sum(len(each.tokens) for each in own[:i]) for i in range(len(own))]
        assert [segment.start for segment in own] == starts


@given(token_lists, st.integers(0, 6))
def test_sharing_never_adds_tokens(sequences, least_saved):
    sequences = distinct(sequences)
    computed = sum(
        len(segment.tokens) for segment in tree_of(sequences, least_saved=least_saved).segments
    )
    assert computed <= sum(map(len, sequences))
    prefixes = {tuple(each[:end]) for each in sequences for end in range(1, len(each) + 1)}
    everything = tree_of(sequences, least_saved=0)
    assert sum(len(segment.tokens) for segment in everything.segments) == len(prefixes)


@given(token_lists, st.integers(0, 6))
def test_children_follow_one_another_behind_their_parents(sequences, least_saved):
    parents = [s.parent for s in tree_of(distinct(sequences), least_saved=least_saved).segments]
    assert all(parent < index for index, parent in enumerate(parents))
    changes = [b for a, b in zip([None, *parents], parents, strict=False) if a != b]
    assert len(changes) == len(set(changes))


@given(token_lists, st.integers(1, 40), st.none() | st.integers(1, 40))
def test_batches_hold_all_sequences_under_the_budget(sequences, budget, enough):
    sequences = sorted(sequences)
    runs = list(batches(sequences, budget, enough=enough))
    assert [index for run in runs for index in run] == list(range(len(sequences)))
    for run in runs:
        everything = tree_of(distinct([sequences[i] for i in run]), least_saved=0)
        size = sum(len(segment.tokens) for segment in everything.segments)
        assert size <= budget or len(run) == 1


def test_a_pair_is_not_cut_where_the_budget_ends():
    pairs = [[pair] * 100 + [pair, end] for pair in range(4) for end in range(8)]
    runs = list(batches(pairs, 300))
    assert {run.start % 8 for run in runs} == {0}


def test_enough_is_where_little_is_repeated():
    # 113 tokens in a pair, of which all pairs share 4, and its own sequences 100.
    pairs = [[9] * 4 + [pair] * 96 + [pair, end] for pair in range(6) for end in range(8)]
    assert [len(run) for run in batches(pairs, 1000)] == [48]
    assert [len(run) for run in batches(pairs, 1000, enough=50)] == [8] * 6
    assert [len(run) for run in batches(pairs, 1000, enough=150)] == [16] * 3
    # Where the pairs share more, a run goes on until that weighs little.
    longer = [[9] * 12 + pair for pair in pairs]
    assert {len(run) for run in batches(longer, 1000, enough=50)} == {24}


def test_only_sharing_that_pays_is_done():
    cheap = [[1, 2, *[5] * 9], [1, 2, *[6] * 9]]
    assert [s.parent for s in tree_of(cheap, least_saved=3).segments] == [-1, -1]
    assert [s.parent for s in tree_of(cheap, least_saved=2).segments] == [-1, 0, 0]


@settings(deadline=None)
@given(token_lists, st.integers(0, 6))
def test_a_stream_holds_each_token_at_its_place(sequences, least_saved):
    sequences = distinct(sequences)
    tree = tree_of(sequences, least_saved=least_saved)
    stream, spans = stream_of(tree, torch.device("cpu")), spans_of(tree)
    for number, sequence in enumerate(sequences):
        places = [place(tree, spans, number, position) for position in range(len(sequence))]
        assert stream.tokens[0, places].tolist() == sequence
        assert stream.positions[0, places].tolist() == list(range(len(sequence)))
    covered = [i for path in stream.paths for i in range(path.queries.start, path.queries.stop)]
    assert covered == list(range(stream.roots, stream.tokens.shape[1]))
