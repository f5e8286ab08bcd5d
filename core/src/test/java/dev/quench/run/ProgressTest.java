// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void tellsALambdaHowFarEachTaskIs() {
    List<String> heard = new ArrayList<>();
    Progress progress =
        Progress.of((task, done, total) -> heard.add("%s %d/%d".formatted(task, done, total)));
    progress.begin("read", 10);
    progress.advance(4);
    progress.advance(9);
    progress.end();
    progress.begin("write", 2);
    assertThat(heard).containsExactly("read 0/10", "read 4/10", "read 10/10", "write 0/2");
  }
}
