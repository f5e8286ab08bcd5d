// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The scripts of `packing/` on small members: cutting, checking, unpacking in any order,
/// collecting.
class PackedPartsTest {
  private static final int LIMIT = 150_000;
  private static final Path SCRIPTS = Path.of("packing").toAbsolutePath();

  @TempDir Path folder;

  private final byte[] library = new byte[200_000];
  private Path calls;
  private Path machine;
  private Path fakes;

  private record Outcome(int exitCode, String output) {}

  @BeforeEach
  void cut() throws Exception {
    for (String tool : new String[] {"bash", "xz", "tar", "sha256sum", "split"}) {
      assumeTrue(isOnPath(tool), "there is no " + tool + " on the PATH");
    }
    new SplittableRandom(1).nextBytes(library);
    calls = folder.resolve("packed");
    machine = Files.createDirectory(folder.resolve("machine"));
    fakes = Files.createDirectory(folder.resolve("fakes"));
    // What this machine has of CUDA plays no part.
    script(fakes.resolve("ldconfig"), "exit 0");
    Path base = folder.resolve("base");
    script(base.resolve("jre/bin/java"), "echo 'openjdk version \"25\"' >&2");
    write(base.resolve("suite/run"), "run".getBytes());
    write(base.resolve("stubs/libcublas.so.13"), new byte[] {1});
    Path suite = folder.resolve("suite");
    byte[] model = new byte[60_000];
    new SplittableRandom(2).nextBytes(model);
    write(suite.resolve("suite/models/net.onnx"), model);
    write(folder.resolve("libnvinfer.so.10"), library);
    bash(
        "tar -C base -cf - . | xz > base.xz; tar -C suite -cf - . | xz > suite.xz; xz -k libnvinfer.so.10");
    Files.writeString(
        folder.resolve("members"),
        """
        base base tar.xz . %1$s/base.xz
        main suite tar.xz . %1$s/suite.xz
        main libnvinfer.so.10 xz trt/libnvinfer.so.10 %1$s/libnvinfer.so.10.xz
        """
            .formatted(folder));
    Outcome outcome = run(Map.of(), "cut.sh", "members", "packed", Integer.toString(LIMIT));
    assertThat(outcome.output()).isEqualTo("3\n");
  }

  private static boolean isOnPath(String tool) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(path -> new File(path, tool).canExecute());
  }

  private static void write(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  private static void script(Path file, String text) throws IOException {
    write(file, ("#!/bin/sh\n" + text + "\n").getBytes());
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private void bash(String command) throws Exception {
    Outcome outcome = run(Map.of(), List.of("bash", "-ec", command));
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
  }

  private Outcome run(Map<String, String> environment, String script, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", SCRIPTS.resolve(script).toString()));
    command.addAll(List.of(arguments));
    return run(environment, command);
  }

  private Outcome run(Map<String, String> environment, List<String> command) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().remove("RESULTS");
    builder.environment().put("CUDA_FIND", fakes.toString());
    builder.environment().put("LD_LIBRARY_PATH", "");
    builder.environment().put("PATH", fakes + File.pathSeparator + System.getenv("PATH"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Outcome(process.waitFor(), output);
  }

  private void bring(int call) throws IOException {
    Path from = calls.resolve("call-%02d".formatted(call));
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = machine.resolve(from.relativize(file));
        Files.createDirectories(to.getParent());
        Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private void damage(String part) throws IOException {
    byte[] content = Files.readAllBytes(machine.resolve(part));
    content[content.length / 2] ^= 1;
    Files.write(machine.resolve(part), content);
  }

  private Outcome unpack(String... need) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("bash", machine.resolve("kit/unpack.sh").toString()));
    command.addAll(List.of(machine.toString(), machine.resolve("q").toString()));
    command.addAll(List.of(need));
    return run(Map.of(), command);
  }

  @Test
  void noCallIsLargerThanTheLimit() throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(calls)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        sizes.merge(calls.relativize(file).getName(0).toString(), Files.size(file), Long::sum);
      }
    }
    assertThat(sizes.keySet()).containsExactly("call-01", "call-02", "call-03");
    assertThat(sizes.values()).allMatch(size -> size <= LIMIT);
  }

  @Test
  void theFirstCallIsEnoughForBase() throws Exception {
    bring(1);
    Outcome outcome = unpack("base");
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(machine.resolve("q/suite/run")).hasContent("run");
    assertThat(outcome.output())
        .contains("openjdk version \"25\"")
        .contains("MISSING libcublas.so.13: a stub takes its place")
        .contains("MISSING libcuda.so.1, and it is needed")
        .contains("still to come: 2 parts");
    bash(
        ". machine/q/env.sh; [[ $LD_LIBRARY_PATH == *q/trt:*q/stubs-used ]]; [[ -x $JAVA && -d $RESULTS ]]");
  }

  @Test
  void aMissingPartIsNamedWithItsCall() throws Exception {
    bring(1);
    bring(3);
    Outcome outcome = unpack("all");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.output())
        .contains("missing: main-01, bring call-02")
        .contains("all is not complete: main-01");
  }

  @Test
  void aDamagedPartIsNamedAtOnce() throws Exception {
    bring(1);
    bring(2);
    damage("main-01");
    Outcome outcome = unpack("check");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.output())
        .contains("broken: main-01 (150000 of 150000 bytes), bring call-02 again");
  }

  @Test
  void aPartThatEndsEarlyIsNamedWithItsSize() throws Exception {
    bring(1);
    bring(2);
    Path part = machine.resolve("main-01");
    Files.write(part, Arrays.copyOf(Files.readAllBytes(part), 1000));
    assertThat(unpack("check").output()).contains("broken: main-01 (1000 of 150000 bytes)");
  }

  @Test
  void goesOnWhereItStopped() throws Exception {
    bring(1);
    bring(2);
    damage("main-01");
    Outcome first = unpack();
    assertThat(first.exitCode()).isZero();
    assertThat(first.output()).contains("unpacked base").contains("unpacked suite");
    assertThat(machine.resolve("q/trt/libnvinfer.so.10")).doesNotExist();
    bring(3);
    bring(2);
    Outcome second = unpack("all");
    assertThat(second.exitCode()).as(second.output()).isZero();
    assertThat(second.output())
        .doesNotContain("unpacked base")
        .contains("unpacked libnvinfer.so.10")
        .contains("main is whole");
    assertThat(machine.resolve("q/trt/libnvinfer.so.10")).hasBinaryContent(library);
    assertThat(machine.resolve("q/suite/models/net.onnx"))
        .hasSameBinaryContentAs(folder.resolve("suite/suite/models/net.onnx"));
    assertThat(unpack("all").output().lines())
        .singleElement()
        .asString()
        .endsWith("all is unpacked");
  }

  @Test
  void anotherPackingIsUnpackedAnew() throws Exception {
    bring(1);
    unpack("base");
    write(folder.resolve("base/suite/run"), "newer".getBytes());
    bash("tar -C base -cf - . | xz > base.xz");
    run(Map.of(), "cut.sh", "members", "packed", Integer.toString(LIMIT));
    bring(1);
    unpack("base");
    assertThat(machine.resolve("q/suite/run")).hasContent("newer");
  }

  @Test
  void baseThatExceedsACallIsRefused() throws Exception {
    Outcome outcome = run(Map.of(), "cut.sh", "members", "packed", "20000");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.output())
        .isEqualTo("cut.sh: the payload base does not fit into one call of 20000 bytes\n");
  }

  @Test
  void collectsResultsWithoutEngines() throws Exception {
    write(folder.resolve("results/gpu-fp16.json"), "{}".getBytes());
    write(folder.resolve("results/deep/net.engine"), library);
    assertThat(run(Map.of(), "collect.sh", "results", "out", "once").exitCode()).isZero();
    bash(
        "[[ $(tar -tzf out/results.tgz | sort | tr '\\n' ' ') == './ ./deep/ ./gpu-fp16.json ' ]]");
  }

  @Test
  void bringsBothEndsOfLargeFilesWhereTheArchiveWouldBeTooLarge() throws Exception {
    byte[] log = new byte[3 << 20];
    new SplittableRandom(3).nextBytes(log);
    write(folder.resolve("results/gpu-fp16.log"), log);
    write(folder.resolve("results/gpu-fp16.json"), "{}".getBytes());
    assertThat(run(Map.of("COLLECT_MIB", "1"), "collect.sh", "results", "out", "once").exitCode())
        .isZero();
    bash("mkdir got; tar -C got -xzf out/results.tgz");
    assertThat(folder.resolve("got/gpu-fp16.json")).hasContent("{}");
    assertThat(folder.resolve("got/gpu-fp16.log.head"))
        .hasBinaryContent(Arrays.copyOf(log, 256 << 10));
    assertThat(folder.resolve("got/gpu-fp16.log.tail"))
        .hasBinaryContent(Arrays.copyOfRange(log, log.length - (256 << 10), log.length));
  }
}
