// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.fuzz.FuzzProgram.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs cases of one kind in child processes; starts another where one has ended or hangs.
final class FuzzRun {
  private static final long SECONDS_A_CASE = 5;

  private static final long SECONDS_TO_LOAD = 20;

  /// On the wall, for what waits and uses no processor.
  private static final long SECONDS_SILENT = 120;

  private final Kind kind;
  private final long seed;
  private final Path folder;

  FuzzRun(Kind kind, long seed, Path folder) {
    this.kind = kind;
    this.seed = seed;
    this.folder = folder;
  }

  /// Runs one slice of a long search. Arguments: kind, seed, from, to, folder.
  static void main(String[] args) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of(args[4]));
    long from = Long.parseLong(args[2]);
    long to = Long.parseLong(args[3]);
    List<String> found =
        new FuzzRun(Kind.valueOf(args[0]), Long.parseLong(args[1]), folder).run(from, to);
    found.forEach(System.out::println);
    System.out.printf(
        "%s %d to %d of seed %s: %d found%n", args[0], from, to - 1, args[1], found.size());
  }

  /// @return what was found, one line each, in order
  List<String> run(long from, long cases) throws IOException, InterruptedException {
    List<String> found = new ArrayList<>();
    long next = from;
    while (next < cases) {
      Files.deleteIfExists(progressFile());
      Process process = start(next, cases);
      String end = end(process);
      long reached = progress(next);
      if (reached >= cases) {
        break;
      }
      Files.write(
          folder.resolve(kind + "-" + reached + ".onnx"), FuzzProgram.bytes(kind, seed, reached));
      found.add("%s %d of seed %d: %s".formatted(kind, reached, seed, end));
      next = reached + 1;
    }
    found.addAll(unexpected());
    return found;
  }

  private Process start(long from, long to) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + folder.resolve("hs_err_%p.log"),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            FuzzProgram.class.getName(),
            kind.name(),
            Long.toString(seed),
            Long.toString(from),
            Long.toString(to),
            folder.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output-" + from + ".txt").toFile())
        .start();
  }

  /// Waits until the process ends, or ends it where a case takes too much processor time; time on
  /// the wall says little on a busy machine.
  private String end(Process process) throws IOException, InterruptedException {
    long last = -1;
    long since = 0;
    long silent = 0;
    while (!process.waitFor(1, TimeUnit.SECONDS)) {
      long now = progress(-1);
      long used = process.info().totalCpuDuration().orElse(Duration.ZERO).toSeconds();
      if (now != last) {
        // The first case also loads the program.
        since = last < 0 ? used + SECONDS_TO_LOAD : used;
        silent = 0;
      }
      silent++;
      if (used - since > SECONDS_A_CASE || silent > SECONDS_SILENT) {
        process.destroyForcibly().waitFor();
        return "takes more than " + SECONDS_A_CASE + " s";
      }
      last = now;
    }
    return "ends the process with code " + process.exitValue();
  }

  private Path progressFile() {
    return folder.resolve("progress");
  }

  private long progress(long none) throws IOException {
    if (!Files.exists(progressFile()) || Files.size(progressFile()) < Long.BYTES) {
      return none;
    }
    return ByteBuffer.wrap(Files.readAllBytes(progressFile())).getLong();
  }

  private List<String> unexpected() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> lines = new ArrayList<>();
      for (Path file : files.filter(each -> each.toString().endsWith(".txt")).sorted().toList()) {
        String name = String.valueOf(file.getFileName());
        if (name.startsWith(kind.name())) {
          lines.add(
              name
                  + ": "
                  + String.join(" | ", Files.readAllLines(file).stream().limit(4).toList()));
        }
      }
      return lines;
    }
  }
}
