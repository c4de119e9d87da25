from tripos.nets import MLP, Linear
from tripos.nets.naming import tagged_symbols


def test_the_weights_of_parts_stay_apart():
    found = tagged_symbols({"encoder": ("enc", MLP([3, 4, 2])), "decoder": ("dec", Linear(2, 3))})
    assert {path: str(node.name) for path, node in found.items()} == {
        "encoder.layers.0.weight": "W_enc_1",
        "encoder.layers.0.bias": "b_enc_1",
        "encoder.layers.1.weight": "W_enc_2",
        "encoder.layers.1.bias": "b_enc_2",
        "decoder.weight": "W_dec",
        "decoder.bias": "b_dec",
    }
    assert found["encoder.layers.0.weight"].shape == (4, 3)
