// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.output.VectorKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LauncherTest {
  @Test
  void knowsTheCommandsThatRunVectorKernels() throws IOException {
    List<String> commands =
        RootCommand.commandLine().getSubcommands().entrySet().stream()
            .filter(each ->
                each.getValue()
                    .getCommandSpec()
                    .userObject()
                    .getClass()
                    .isAnnotationPresent(VectorKernels.class))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    assertThat(Files.readAllLines(Path.of("../scripts/vector-kernel-commands")))
        .isEqualTo(commands)
        .contains("demo", "run");
  }
}
