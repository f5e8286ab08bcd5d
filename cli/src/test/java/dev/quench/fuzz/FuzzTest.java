// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.fuzz.FuzzProgram.Kind;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Odd and valid models in separate processes: none ends the process, takes more than five seconds,
/// fails in another way than a refusal, or comes out of a pass computing something else.
///
/// The number of cases is `fuzz.cases` (profile `fuzz`), their seed `fuzz.seed`. A finding stands
/// with its number; `FuzzProgram KIND SEED NUMBER NUMBER+1 FOLDER` repeats it and keeps the model.
class FuzzTest {
  private static final long CASES = Long.getLong("fuzz.cases", 400);
  private static final long SEED = Long.getLong("fuzz.seed", 20_261_127);

  @TempDir private Path folder;

  private void assertNothingIsFound(Kind kind, long cases)
      throws IOException, InterruptedException {
    assertThat(new FuzzRun(kind, SEED, folder).run(0, cases)).isEmpty();
  }

  @Test
  void operatorsWithOddOperandsAreRefusedOrRun() throws IOException, InterruptedException {
    assertNothingIsFound(Kind.SCHEMA, CASES);
  }

  @Test
  void damagedModelsAreRefusedOrRun() throws IOException, InterruptedException {
    assertNothingIsFound(Kind.MUTATION, CASES);
  }

  @Test
  void validNetworksComputeTheSameAfterEachPass() throws IOException, InterruptedException {
    assertNothingIsFound(Kind.VALID, CASES / 4);
  }
}
