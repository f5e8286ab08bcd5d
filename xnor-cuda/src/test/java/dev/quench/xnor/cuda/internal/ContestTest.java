// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContestTest {
  private final ArrayNode results = JsonNodeFactory.instance.arrayNode();

  /// Measures what it was given, in turn.
  private static Stopwatch of(Double... times) {
    Deque<Double> left = new ArrayDeque<>(List.of(times));
    return (work, _) -> {
      work.run();
      return left.remove();
    };
  }

  private Contest contest(Double... times) {
    return new Contest(of(times), "work", results, () -> {});
  }

  @Test
  void givesTheMedianOfTheRoundsAfterTheWarmUp() {
    Contest contest = contest(9.0, 3.0, 1.0, 2.0);
    contest.add("one", 4e9, () -> () -> {});
    contest.run(new Contest.Effort(1, 3), 1);
    assertThat(results.at("/0/medianMillis").asDouble()).isEqualTo(2);
    assertThat(results.at("/0/leastMillis").asDouble()).isEqualTo(1);
    assertThat(results.at("/0/mostMillis").asDouble()).isEqualTo(3);
    assertThat(results.at("/0/teraOperationsPerSecond").asDouble()).isEqualTo(2);
    assertThat(contest.hasFailed()).isFalse();
  }

  @Test
  void passesOverAContenderThatCannotBePrepared() {
    Contest contest = contest(1.0);
    contest.add(
        "broken",
        1,
        () -> {
          throw new IllegalStateException("no such product");
        });
    contest.add("whole", 1, () -> () -> {});
    contest.run(new Contest.Effort(0, 1), 1);
    assertThat(results.at("/0/status").asText()).isEqualTo("failed");
    assertThat(results.at("/0/detail").asText()).contains("no such product");
    assertThat(results.at("/1/status").asText()).isEqualTo("done");
    assertThat(contest.hasFailed()).isTrue();
  }

  @Test
  void passesOverAContenderThatFailsWhileItIsTimed() {
    Contest contest = contest(1.0, 2.0, 3.0);
    int[] runs = new int[1];
    contest.add(
        "tiring",
        1,
        () ->
            () -> {
              if (++runs[0] == 2) {
                throw new IllegalStateException("tired");
              }
            });
    contest.add("steady", 1, () -> () -> {});
    contest.run(new Contest.Effort(0, 2), 1);
    assertThat(results.at("/0/status").asText()).isEqualTo("failed");
    assertThat(results.at("/0/medianMillis").asDouble()).isEqualTo(1);
    assertThat(results.at("/1/rounds").asInt()).isEqualTo(2);
  }
}
