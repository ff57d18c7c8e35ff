"""What breaks without it: interventions in the forward pass, and what they do to the loss.

interventions.py says what may be changed; decoder.py changes it, from the layer that changes on; effects.py runs many
changes in batches that fit; attribution.py splits a logit among the heads; circuits.py finds pairs of heads and cuts
the edge between them; random_weights.py and statistics.py say what would have come out by chance.
"""
