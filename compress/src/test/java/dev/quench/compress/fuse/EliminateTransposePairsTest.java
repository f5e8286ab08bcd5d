// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;

class EliminateTransposePairsTest {
  private final GraphMaker fixture = new GraphMaker();
  private final EliminateTransposePairs pass = new EliminateTransposePairs();
  private final Value x = fixture.input("x", 2, 3, 4, 5);

  private Value transpose(String name, Value input, long... permutation) {
    return fixture.add(NodeBuilder.of("Transpose").ints("perm", permutation), name, input);
  }

  @Test
  void removesAPermutationThatMovesNothing() {
    fixture.outputs(fixture.add("Relu", "y", transpose("t", x, 0, 1, 2, 3)));

    assertRewrites(pass, fixture, "Relu");
  }

  @Test
  void removesAPermutationAndItsInverse() {
    Value there = transpose("there", x, 0, 2, 3, 1);
    Value back = transpose("back", there, 0, 3, 1, 2);
    fixture.outputs(fixture.add("Relu", "y", back), fixture.add("Neg", "z", there));

    assertRewrites(pass, fixture, "Transpose", "Relu", "Neg");
  }

  @Test
  void composesTwoPermutations() {
    Value first = transpose("first", x, 1, 2, 3, 0);
    fixture.outputs(transpose("y", first, 0, 2, 1, 3));

    assertRewrites(pass, fixture, "Transpose");
    assertThat(fixture.node("y").intsAttribute("perm")).hasValue(new long[] {1, 3, 2, 0});
  }

  @Test
  void removesTwoReversalsOfUnknownRank() {
    Value unknown = fixture.graph().addInput("u", ValueType.unranked(DataType.FLOAT));
    Value there = fixture.add("Transpose", "there", unknown);
    fixture.outputs(fixture.add("Relu", "y", fixture.add("Transpose", "back", there)));

    assertThat(pass.apply(fixture.model())).isTrue();

    assertThat(fixture.node("y").input(0)).isSameAs(unknown);
  }

  @Test
  void keepsAPairWhoseFirstOthersRead() {
    Value first = transpose("first", x, 1, 2, 3, 0);
    fixture.outputs(transpose("y", first, 0, 2, 1, 3), fixture.add("Relu", "z", first));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAReversalOfUnknownRankBeforeAnotherPermutation() {
    Value unknown = fixture.graph().addInput("u", ValueType.unranked(DataType.FLOAT));
    Value there = fixture.add("Transpose", "there", unknown);
    fixture.outputs(transpose("y", there, 0, 2, 1));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsALoneTranspose() {
    fixture.outputs(transpose("y", x, 0, 2, 3, 1));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsWhatIsNoPermutation() {
    fixture.outputs(transpose("y", transpose("t", x, 0, 1, 2, 7), 0, 1, 2, 3, 3));

    assertLeaves(pass, fixture);
  }
}
