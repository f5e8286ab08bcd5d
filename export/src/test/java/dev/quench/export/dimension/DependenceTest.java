// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.testing.GraphMaker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DependenceTest {
  private static final int LENGTH = 20_000;

  private final GraphMaker maker = new GraphMaker(17, 3);

  private Value add(String operator, Value... inputs) {
    String name = "v" + maker.graph().nodes().size();
    return maker.node(NodeBuilder.of(operator).inputs(inputs).output(name)).output(0);
  }

  @Test
  void aValueDependsOnWhatItIsComputedFrom() {
    Value x = maker.input("x", 2);
    Value a = add("Relu", x);
    Value b = add("Abs", x);
    Value both = add("Add", a, b);
    Dependence dependence = new Dependence(maker.graph());

    assertThat(dependence.isComputedFrom(both, a)).isTrue();
    assertThat(dependence.isComputedFrom(a, a)).isTrue();
    assertThat(dependence.isComputedFrom(b, a)).isFalse();
    assertThat(dependence.isComputedFrom(a, both)).isFalse();
  }

  @Test
  void skipConnectionsOfADeepChainTakeNoStep() {
    Value skip = maker.input("x", 2);
    List<Value> chain = new ArrayList<>(List.of(add("Relu", skip)));
    for (int i = 0; i < LENGTH; i++) {
      chain.add(add("Relu", chain.getLast()));
    }
    Dependence dependence = new Dependence(maker.graph());

    for (int i = 1; i < chain.size(); i++) {
      assertThat(dependence.isComputedFrom(chain.get(i - 1), chain.get(i))).isFalse();
    }
    assertThat(dependence.steps()).isZero();
  }

  @Test
  void stepsGrowWithTheGraphHoweverManyQuestionsAreAsked() {
    Value x = maker.input("x", 2);
    Value alone = add("Abs", x);
    Value other = add("Relu", x);
    for (int i = 0; i < LENGTH; i++) {
      other = add("Relu", other);
    }
    Dependence dependence = new Dependence(maker.graph());

    assertThat(dependence.isComputedFrom(other, alone)).isFalse();
    for (int i = 0; i < 200; i++) {
      dependence.isComputedFrom(other, alone);
    }

    assertThat(dependence.steps())
        .isLessThanOrEqualTo((long) Dependence.STEPS_A_NODE * (LENGTH + 2) + 200);
    assertThat(dependence.isComputedFrom(other, alone)).as("unknown counts as dependent").isTrue();
  }
}
