// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class PublishedTableTest {
  @Test
  void micronetHasTenRows() {
    assertThat(PublishedTable.named("micronet").rows())
        .extracting(Row::name)
        .containsExactly(
            "nin",
            "nin-gc",
            "pruned",
            "w1a32",
            "w1.5a32",
            "w1a1",
            "w1.5a1",
            "dorefa-8-8",
            "iao-8-8",
            "pruned-w1.5a1");
  }

  /// Every published loss is the difference to NIN's 91.01 %.
  @Test
  void publishedLossesFollowFromTheAccuracies() {
    for (Row row : PublishedTable.named("micronet").rows()) {
      row.published()
          .loss()
          .ifPresent(loss ->
              assertThat(91.01 - row.published().accuracy())
                  .as(row.name())
                  .isCloseTo(loss, within(1e-9)));
    }
  }

  @Test
  void rowsStandBehindThoseThatTheyNeed() {
    for (PublishedTable table : PublishedTable.all()) {
      List<String> names = table.rows().stream().map(Row::name).toList();
      for (Row row : table.rows()) {
        row.reference()
            .ifPresent(
                other -> assertThat(names.subList(0, names.indexOf(row.name()))).contains(other));
        row.startsFrom()
            .ifPresent(
                other -> assertThat(names.subList(0, names.indexOf(row.name()))).contains(other));
      }
    }
  }

  @Test
  void refusesUnknownNames() {
    assertThatThrownBy(() -> PublishedTable.named("resnet"))
        .hasMessage("unknown table 'resnet'; expected micronet or binarynet");
    assertThatThrownBy(() -> PublishedTable.named("micronet").row("w2"))
        .hasMessageStartingWith("table micronet has no row 'w2'; expected nin, nin-gc, pruned");
  }
}
