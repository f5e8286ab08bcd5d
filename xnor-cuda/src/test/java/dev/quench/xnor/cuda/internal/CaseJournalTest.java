// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaseJournalTest {
  private final ArrayNode cases = JsonNodeFactory.instance.arrayNode();
  private final List<JsonNode> flushed = new ArrayList<>();

  private boolean run(Class<?> tests) {
    return CaseJournal.run(tests, cases, () -> flushed.add(cases.deepCopy()));
  }

  /// Cases of a journal; no test by its name.
  static final class Mixed {
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void isOne(int value) {
      assertThat(value).isEqualTo(1);
    }
  }

  static final class Passing {
    @Test
    void passes() {
      assertThat(1).isEqualTo(1);
    }
  }

  static final class Closed {
    @BeforeAll
    static void open() {
      throw new IllegalStateException("closed today");
    }

    @Test
    void isNotReached() {
      assertThat(1).isEqualTo(1);
    }
  }

  static final class Empty {}

  @Test
  void writesACaseDownWhenItStarts() {
    run(Passing.class);
    assertThat(flushed.getFirst().at("/0/case").asText())
        .isEqualTo("CaseJournalTest$Passing passes()");
    assertThat(flushed.getFirst().at("/0/status").asText()).isEqualTo("running");
    assertThat(flushed.getLast().at("/0/status").asText()).isEqualTo("passed");
  }

  @Test
  void passesWhereAllPass() {
    assertThat(run(Passing.class)).isTrue();
  }

  @Test
  void goesOnAfterACaseThatFails() {
    assertThat(run(Mixed.class)).isFalse();
    assertThat(cases.findValuesAsText("status")).containsExactly("passed", "failed");
    assertThat(cases.at("/1/detail").asText()).contains("AssertionFailedError");
  }

  @Test
  void namesTheClassWhereNoCaseCouldStart() {
    assertThat(run(Closed.class)).isFalse();
    assertThat(cases.at("/0/case").asText()).isEqualTo("CaseJournalTest$Closed");
    assertThat(cases.at("/0/detail").asText()).contains("closed today");
  }

  @Test
  void doesNotPassWithoutCases() {
    assertThat(run(Empty.class)).isFalse();
  }
}
