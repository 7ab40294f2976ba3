"""Golden words, merges, tokens and chunks of FAST, by the libraries that its published processor calls.

    PYTHONPATH=WHEELS python tools/oracles/fast_tokens.py

needs the wheels tokenizers, transformers and scipy (`transform` as the argument: scipy alone, and that file alone);
writes tests/quantizers/test_{gpt2_words,bpe_trainer,byte_level_bpe,fast,fast_transform}.golden.txt and the tokenizers tests/quantizers/golden/fast_{narrow,wide,square}/. `encode`, `decode` and `fit` say
in our words what the processor does; inputs are made by `hash24`, which the tests repeat, so that only answers are
stored. Tokens are two characters each, base 64 (`DIGITS`).
"""

import json
import pathlib
import platform
import random
import sys

import numpy as np
import scipy
from scipy.fft import dct, idct

if sys.argv[1:] != ["transform"]:
    import tokenizers
    import transformers
    from tokenizers import ByteLevelBPETokenizer, Tokenizer
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer
    from transformers import PreTrainedTokenizerFast

ROOT = pathlib.Path(__file__).resolve().parents[2] / "tests/quantizers"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-"
# What the pre-tokenizer may stumble over: contractions, white space of all kinds, letters and numbers of many scripts.
SPECIAL = [39, 115, 116, 114, 101, 118, 109, 108, 100, 32, 9, 10, 13, 133, 160, 173, 178, 188, 233, 255, 256, 300, 323,
           324, 500, 0x660, 0x1680, 0x2003, 0x2028, 0x3000, 0x4E00, 0xFFFD, 0x10000, 0x1F600, 0x10FFFF, 0]


def hash24(index):
    x = np.asarray(index, dtype=np.uint32)
    with np.errstate(over="ignore"):
        x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    return ((x ^ (x >> 16)) >> 8).astype(np.int64)


def text(number, longest):
    """A text of 1 ... longest symbols: small numbers, digits and letters, or SPECIAL."""
    h = hash24(np.arange(64 * number, 64 * number + 64))
    kind, size = h[0] % 4, 1 + int(h[1]) % longest
    pick = [lambda v: v % 300, lambda v: 45 + v % 14, lambda v: SPECIAL[v % len(SPECIAL)],
            lambda v: [32, 39, 48, 97, 115, 116][v % 6]][kind]
    return "".join(chr(pick(int(v))) for v in h[2:2 + size])


def chunks(number, count, horizon, dim, step, limit):
    """Random walks on multiples of 1/1024 with steps up to step/1024, clipped to [-limit/1024, limit/1024]."""
    h = hash24(np.arange(count * horizon * dim) + number * 20_000_000).reshape(count, horizon, dim)
    out = np.zeros((count, horizon, dim), dtype=np.int64)
    at = h[:, 0] % (2 * limit + 1) - limit
    for t in range(horizon):
        at = np.clip(at + h[:, t] % (2 * step + 1) - step, -limit, limit)
        out[:, t] = at
    return out / 1024.0


def coefficients(batch, scale):
    return np.around(dct(batch, axis=1, norm="ortho") * scale)


def fit(batch, scale, vocabulary):
    q = coefficients(batch, scale)
    least, largest = int(q.min()), int(q.max())
    bpe = ByteLevelBPETokenizer()
    trainer = BpeTrainer(vocab_size=vocabulary, min_frequency=2, show_progress=False, special_tokens=[],
                         initial_alphabet=[chr(i) for i in range(largest - least + 1)], max_token_length=10000)
    texts = ["".join(map(chr, (row.flatten() - least).astype(int))) for row in q]
    bpe._tokenizer.train_from_iterator(texts, trainer=trainer)
    return PreTrainedTokenizerFast(tokenizer_object=bpe, clean_up_tokenization_spaces=False), least


def encode(tokenizer, least, batch, scale):
    for row in coefficients(batch, scale):
        yield tokenizer("".join(map(chr, np.maximum(row.flatten() - least, 0).astype(int))))["input_ids"]


def decode(tokenizer, least, tokens, shape, scale):
    """The chunk, or None where the original falls back to zeros."""
    symbols = np.array(list(map(ord, tokenizer.decode(tokens)))) + least
    return idct(symbols.reshape(shape) / scale, axis=0, norm="ortho") if symbols.size == shape[0] * shape[1] else None


def base64(tokens):
    return "".join(DIGITS[t // 64] + DIGITS[t % 64] for t in tokens)


def provenance(what):
    return (f"# {what}\n# by tools/oracles/fast_tokens.py; tokenizers {tokenizers.__version__}, transformers "
            f"{transformers.__version__}, scipy {scipy.__version__}, numpy {np.__version__}, python "
            f"{platform.python_version()}\n")


def words_golden():
    split = ByteLevel(add_prefix_space=False).pre_tokenize_str
    out = provenance("lengths of the words of text 0, 1, 2, ... (up to 40 symbols), one base-64 digit each")
    for number in range(4000):
        out += "".join(DIGITS[end - begin] for _, (begin, end) in split(text(number, 40))) + "\n"
    (ROOT / "test_gpt2_words.golden.txt").write_text(out)


def train(corpus, vocabulary, longest):
    tokenizer = Tokenizer(BPE())
    tokenizer.train_from_iterator(corpus, BpeTrainer(vocab_size=vocabulary, min_frequency=2, show_progress=False,
                                                     special_tokens=[], max_token_length=longest))
    return [tuple(m) for m in json.loads(tokenizer.to_str())["model"]["merges"]]


def trainer_golden():
    out = provenance("vocabulary, max_token_length, words (separated by blanks) and merges in order of rank, later ranks "
                     "counting; ties and runs everywhere")
    dice = random.Random(7)
    for number in range(600):
        letters = "abc"[:1 + number % 3]
        corpus = ["".join(dice.choice(letters) for _ in range(dice.randint(1, 24))) for _ in range(dice.randint(2, 24))]
        corpus += dice.choices(corpus, k=len(corpus) // 2)
        vocabulary, longest = dice.randint(4, 60), dice.choice([10000, 10000, 10000, 6, 9])
        merges = train(corpus, vocabulary, longest)
        out += f"{vocabulary} {longest}\n{' '.join(corpus)}\n{' '.join(a + '+' + b for a, b in merges)}\n"
    (ROOT / "test_bpe_trainer.golden.txt").write_text(out)


SETS = [  # name, tokenizer, number, chunks, horizon, dim, step, limit, scale, vocabulary; far: beyond the training
    ("narrow", "narrow", 1, 4000, 10, 3, 60, 400, 10, 300), ("narrow_far", "narrow", 2, 2000, 10, 3, 900, 1024, 10, 300),
    ("wide", "wide", 3, 3000, 8, 2, 200, 600, 120, 1200), ("wide_far", "wide", 4, 1500, 8, 2, 2000, 1024, 120, 1200),
    ("square", "square", 5, 2000, 16, 2, 80, 1024, 10, 400)]


def fast_golden():
    out = provenance("name, tokenizer, number, chunks, horizon, dim, step, limit; then for each chunk its tokens, and what "
                     "decodes at step i % horizon, dimension i % dim, or ! where the original gives up")
    fitted = {}
    for name, owner, number, count, horizon, dim, step, limit, scale, vocabulary in SETS:
        batch = chunks(number, count, horizon, dim, step, limit)
        if owner not in fitted:
            fitted[owner] = fit(batch, scale, vocabulary)
            save(fitted[owner], owner, scale, vocabulary)
        tokenizer, least = fitted[owner]
        out += f"{name} {owner} {number} {count} {horizon} {dim} {step} {limit}\n"
        for i, tokens in enumerate(encode(tokenizer, least, batch, scale)):
            chunk = decode(tokenizer, least, tokens, (horizon, dim), scale)
            out += base64(tokens) + (" !\n" if chunk is None else f" {chunk[i % horizon, i % dim]:.8f}\n")
    (ROOT / "test_fast.golden.txt").write_text(out)
    return fitted


def save(fitted, name, scale, vocabulary):
    folder = ROOT / "golden" / f"fast_{name}"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer, least = fitted
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    config = {"action_dim": None, "auto_map": {"AutoProcessor": "processing_action_tokenizer.UniversalActionProcessor"},
              "min_token": least, "processor_class": "UniversalActionProcessor", "scale": scale, "time_horizon": None,
              "vocab_size": vocabulary}
    (folder / "processor_config.json").write_text(json.dumps(config, indent=2) + "\n")


def spell_hash(decoded):
    value = 0
    for c in decoded:
        value = (value * 31 + ord(c)) % 2**32
    return f"{len(decoded)}:{value:x}"


def bpe_golden(fitted):
    out = provenance("tokenizer; the tokens of texts 0 ... 1999 (up to 30 symbols); then what 2000 sequences of tokens "
                     "spell: number of symbols and a hash of them")
    for name in ("narrow", "wide"):
        tokenizer = fitted[name][0]
        out += name + "\n"
        for number in range(2000):
            out += base64(tokenizer(text(number, 30))["input_ids"]) + "\n"
        for number in range(2000):
            h = hash24(np.arange(32 * number, 32 * number + 32))
            size = len(tokenizer) + 20
            out += spell_hash(tokenizer.decode([int(v) % size for v in h[1:2 + int(h[0]) % 20]])) + "\n"
    (ROOT / "test_byte_level_bpe.golden.txt").write_text(out)


def float32_chunks(count, horizon, dim):
    """Multiples of 2^-23 in [-1, 1): every bit of a float32."""
    return (hash24(np.arange(count * horizon * dim)) * 2.0**-23 - 1.0).reshape(count, horizon, dim)


def transform_golden():
    """The processor keeps float32 input in float32, as policies hand it over; float64 it keeps too."""
    out = (f"# count, horizon, dim, scale; a hash of each 50 chunks' coefficients from float64 input; then, where float32 "
           f"input gives\n# another one, chunk, frequency, dimension and that one. By tools/oracles/fast_tokens.py; scipy "
           f"{scipy.__version__}, numpy {np.__version__}, python {platform.python_version()}\n")
    for count, horizon, dim, scale in ((6000, 30, 26, 10), (5000, 16, 7, 1000)):
        batch = float32_chunks(count, horizon, dim)
        wide, narrow = coefficients(batch, scale), coefficients(batch.astype(np.float32), scale)
        assert narrow.dtype == np.float32
        out += f"{count} {horizon} {dim} {scale}\n"
        for row in wide.astype(np.int64).reshape(count // 50, -1):
            value = 0
            for q in row:
                value = (value * 31 + int(q)) % 2**32
            out += f"{value:x}\n"
        other = np.argwhere(wide != narrow)
        out += f"{len(other)}\n" + "".join(f"{i} {k} {d} {int(narrow[i, k, d])}\n" for i, k, d in other)
    (ROOT / "test_fast_transform.golden.txt").write_text(out)


if __name__ == "__main__":
    transform_golden()
    if sys.argv[1:] == ["transform"]:
        sys.exit()
    words_golden()
    trainer_golden()
    bpe_golden(fast_golden())
