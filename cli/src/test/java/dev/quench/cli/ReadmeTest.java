// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The README shows the programs that `ExamplesTest` runs, and commands and files that exist.
class ReadmeTest {
  private static final Path ROOT = Path.of("..");

  @Test
  void showsTheProgramsThatAreTested() throws IOException {
    List<String> shown = matches("```java\n(.*?)```");
    assertThat(shown).hasSize(4);
    StringBuilder tested = new StringBuilder();
    try (Stream<Path> files = Files.list(Path.of("src/test/java/dev/quench/examples"))) {
      for (Path file : files.toList()) {
        tested.append(flat(Files.readString(file)));
      }
    }
    for (String program : shown) {
      assertThat(tested).contains(flat(program));
    }
  }

  @Test
  void namesCommandsThatExist() throws IOException {
    List<String> commands = matches("(?m)^\\| `([a-z0-9]+)");
    assertThat(commands).hasSize(22);
    for (String command : commands) {
      Cli.Result help = Cli.run(command, "--help");
      assertThat(help.exitCode()).as(command).isZero();
      assertThat(help.out()).contains("Usage: quench " + command, "Example:");
    }
  }

  /// The distribution holds the documents of the top level that its build names, and all of `docs`.
  @Test
  void linksLeadToFilesThatTheDistributionHoldsToo() throws IOException {
    List<String> shipped =
        Pattern.compile("<include name=\"([A-Z]+(?:\\.md)?)\"/>")
            .matcher(Files.readString(Path.of("pom.xml")))
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(shipped).contains("README.md", "LICENSE");
    List<Path> documents = new ArrayList<>();
    shipped.stream()
        .filter(name -> name.endsWith(".md"))
        .map(ROOT::resolve)
        .forEach(documents::add);
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
    }
    for (Path document : documents) {
      for (String link : links(Files.readString(document))) {
        Path target = document.resolveSibling(link).normalize();
        String name = ROOT.relativize(target).toString();
        assertThat(target).as("link of " + document).exists();
        assertThat(name.startsWith("docs/") || shipped.contains(name))
            .as("%s links to %s, which the distribution lacks", document, name)
            .isTrue();
      }
    }
  }

  private static List<String> links(String markdown) {
    return Pattern.compile("\\]\\((?!http)([^)#]+)")
        .matcher(markdown)
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static List<String> matches(String pattern) throws IOException {
    return Pattern.compile(pattern, Pattern.DOTALL)
        .matcher(Files.readString(ROOT.resolve("README.md")))
        .results()
        .map((MatchResult result) -> result.group(1))
        .toList();
  }

  private static String flat(String code) {
    return code.replaceAll("\\s+", "");
  }
}
