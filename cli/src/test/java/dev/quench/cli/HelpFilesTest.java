// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What the archives hold for `man` and for shells.
class HelpFilesTest {
  @TempDir private static Path share;

  @BeforeAll
  static void write() throws IOException {
    WriteHelpFiles.main(new String[] {share.toString(), "1.2.3"});
  }

  @Test
  void everyCommandHasAPage() throws IOException {
    assertPages(RootCommand.commandLine(), "quench");
    assertThat(page("quench-table-merge")).contains(".TH \"QUENCH-TABLE-MERGE\" \"1\"", "1.2.3");
  }

  private static void assertPages(CommandLine command, String name) throws IOException {
    String page = page(name);
    assertThat(page).contains(".SH \"NAME\"", ".SH \"SYNOPSIS\"", ".SH \"OPTIONS\"");
    command.getCommandSpec().options().stream()
        .filter(option -> !option.hidden())
        .forEach(option -> assertThat(page).contains(option.longestName().replace("-", "\\-")));
    for (String each : command.getSubcommands().keySet()) {
      assertPages(command.getSubcommands().get(each), name + "-" + each);
    }
  }

  private static String page(String name) throws IOException {
    return Files.readString(share.resolve("man/man1").resolve(name + ".1"));
  }

  @Test
  void groffReadsEveryPageWithoutAWarning() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/groff")), "groff is not installed");
    try (Stream<Path> pages = Files.list(share.resolve("man/man1"))) {
      for (Path page : pages.toList()) {
        assertThat(said("groff", "-ww", "-man", "-Tascii", "-z", page.toString())).isEmpty();
      }
    }
    assertThat(said("groff", "-man", "-Tascii", "-P-cbou", share + "/man/man1/quench-inspect.1"))
        .contains("QUENCH-INSPECT(1)", "--roofline=GFLOPS,GBS", "quench inspect model.onnx --json");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void bashCompletesCommandsOptionsAndValues() throws Exception {
    assertThat(said("bash", "-n", completion())).isEmpty();
    assertThat(completed("quench", "calib")).isEqualTo("calibrate");
    assertThat(completed("quench", "table", "me")).isEqualTo("merge");
    assertThat(completed("quench", "quantize", "--outp")).isEqualTo("--output");
    assertThat(completed("quench", "int8", "--prefer", "D")).isEqualTo("DECODING");
  }

  private static String completion() {
    return share.resolve("bash-completion/completions/quench").toString();
  }

  /// What is offered for the last word. `compopt`, which bash has during completion alone, sets how
  /// that looks.
  private static String completed(String... words) throws IOException, InterruptedException {
    return said(
            "bash",
            "-c",
            "compopt() { :; }; source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; _complete_quench; echo \"${COMPREPLY[@]}\""
                .formatted(completion(), String.join(" ", words), words.length - 1))
        .strip();
  }

  private static String said(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
