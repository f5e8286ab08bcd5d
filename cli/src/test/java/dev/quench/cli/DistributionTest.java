// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The other ways to get Quench start it as the launcher does.
class DistributionTest {
  private static final Path ROOT = Path.of("..");

  @TempDir private Path folder;

  @Test
  void jbangStartsThisVersionWithTheLaunchersOptions() throws IOException {
    JsonNode alias =
        new ObjectMapper()
            .readTree(ROOT.resolve("jbang-catalog.json").toFile())
            .get("aliases")
            .get("quench");
    Matcher version =
        Pattern.compile("<artifactId>quench-parent</artifactId>\\s*<version>([^<]+)</version>")
            .matcher(Files.readString(ROOT.resolve("pom.xml")));
    assertThat(version.find()).isTrue();
    assertThat(alias.get("script-ref").asText())
        .isEqualTo("dev.quench:quench-cli:" + version.group(1));
    String launcher = Files.readString(ROOT.resolve("quench"));
    List<String> options =
        StreamSupport.stream(alias.get("runtime-options").spliterator(), false)
            .map(JsonNode::asText)
            .toList();
    assertThat(options).isNotEmpty().allSatisfy(option -> assertThat(launcher).contains(option));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theActionPassesItsInputsOn() throws Exception {
    Path launcher = folder.resolve("quench");
    Files.writeString(launcher, "#!/bin/sh\nprintf '<%s>' \"$@\"\nexit 3\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();

    ProcessBuilder builder = new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", script());
    builder
        .environment()
        .putAll(
            Map.of(
                "GITHUB_ACTION_PATH", folder.toString(),
                "MODELS", "a.onnx b.onnx",
                "DATA", "images:my photos",
                "ARGUMENTS", "--max-drop 0.5",
                "REPORT", "r.html"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isEqualTo(3);
    assertThat(said)
        .isEqualTo(
            "<eval><a.onnx><b.onnx><--data><images:my photos><--max-drop><0.5><--report><r.html>");
  }

  private static String script() throws IOException {
    Object action =
        new Load(LoadSettings.builder().build())
            .loadFromString(Files.readString(ROOT.resolve("action.yml")));
    Object steps = ((Map<?, ?>) ((Map<?, ?>) action).get("runs")).get("steps");
    return String.valueOf(((Map<?, ?>) ((List<?>) steps).getLast()).get("run"));
  }

  @Test
  void argumentsMayStandInAFile() throws IOException {
    Path arguments = folder.resolve("doctor.args");
    Files.writeString(arguments, "# what this machine offers\ndoctor\n--json\n");
    Cli.Result result = Cli.run("@" + arguments);
    assertThat(result.exitCode()).isZero();
    assertThat(result.json().isObject()).isTrue();
  }
}
