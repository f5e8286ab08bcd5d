// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.digest.Sha256;
import dev.quench.run.AsymmetricRange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A table of 50,000 tensors in a process whose heap holds it twice, but no tree of its JSON.
class LargeTableTest {
  private static final int TENSORS = 50_000;
  private static final String HEAP = "-Xmx96m";

  @TempDir private Path folder;

  private static final class WriteAndRead {
    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[0]).resolve("calibration.json");
      Path cacheFile = Path.of(args[0]).resolve("calibration.cache");
      long start = System.nanoTime();
      CalibrationTable table = table();
      TensorRtCache cache = TensorRtCache.of(table, TensorRtVersion.parse("10.15.1"));
      table = table.vouchingFor(cache);
      table.write(file);
      cache.write(cacheFile);
      long written = System.nanoTime();
      CalibrationTable read = CalibrationTable.read(file);
      read.requireCache(TensorRtCache.read(cacheFile));
      if (!read.equals(table) || read.entries().size() != TENSORS) {
        throw new AssertionError("another table came back");
      }
      System.out.printf(
          "%d bytes written in %d ms, read in %d ms%n",
          Files.size(file),
          (written - start) / 1_000_000,
          (System.nanoTime() - written) / 1_000_000);
    }

    private static CalibrationTable table() {
      String digest = Sha256.hex("data".getBytes(StandardCharsets.UTF_8));
      List<TensorRange> ranges = new ArrayList<>();
      for (int i = 0; i < TENSORS; i++) {
        double most = 1 + i / 1000.0;
        ranges.add(
            new TensorRange(
                "model/layers." + i + "/attention/output",
                Optional.of(digest),
                most / 2,
                new AsymmetricRange(-most, most),
                "entropy",
                new TensorRange.Extremes(-most, most),
                new TensorRange.Counts(1000 + i, i, 0, 0),
                Optional.of(digest)));
      }
      return new CalibrationTable(
          new TableHeader(
              "quench test",
              Optional.of(digest),
              "entropy",
              "plain",
              List.of(new CalibrationData(digest, "data", 10, false)),
              List.of("input: 0")),
          ranges,
          Map.of(),
          null);
    }
  }

  @Test
  void isWrittenAndReadOneTensorAtATime() throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                WriteAndRead.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    assertThat(Files.size(folder.resolve("calibration.json"))).isGreaterThan(19_000_000);
  }
}
