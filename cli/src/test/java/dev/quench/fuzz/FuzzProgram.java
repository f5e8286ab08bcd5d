// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// Runs cases `from` to `to` of a kind in its own process, which a case may end: before each it
/// notes the number in a file. Arguments: kind, seed, from, to, folder.
///
/// What is unexpected goes to `KIND-NUMBER.txt`, the model to `KIND-NUMBER.onnx`.
final class FuzzProgram {
  private FuzzProgram() {}

  /// Where cases come from.
  enum Kind {
    SCHEMA,
    MUTATION,
    VALID
  }

  public static void main(String[] args) throws IOException {
    Kind kind = Kind.valueOf(args[0]);
    long seed = Long.parseLong(args[1]);
    long to = Long.parseLong(args[3]);
    Path folder = Path.of(args[4]);
    try (RandomAccessFile progress =
        new RandomAccessFile(folder.resolve("progress").toFile(), "rw")) {
      for (long number = Long.parseLong(args[2]); number < to; number++) {
        progress.seek(0);
        progress.write(ByteBuffer.allocate(8).putLong(number).array());
        one(kind, seed, number, folder);
      }
      progress.seek(0);
      progress.write(ByteBuffer.allocate(8).putLong(to).array());
    }
    Runtime.getRuntime().halt(0);
  }

  private static void one(Kind kind, long seed, long number, Path folder) throws IOException {
    byte[] bytes = bytes(kind, seed, number);
    SplittableRandom random = random(seed, number).split();
    try {
      if (kind == Kind.VALID) {
        new Agreement(OnnxReader.read(bytes, "case"), random).check();
      } else {
        new Exercise(random).all(bytes);
      }
    } catch (RuntimeException | Error e) {
      Path file = folder.resolve(kind + "-" + number);
      Files.write(Path.of(file + ".onnx"), bytes);
      StringBuilder text = new StringBuilder(e.toString());
      for (StackTraceElement element : e.getStackTrace()) {
        text.append("\n\tat ").append(element);
      }
      Files.writeString(Path.of(file + ".txt"), text);
    }
  }

  private static SplittableRandom random(long seed, long number) {
    return new SplittableRandom(seed * 1_000_003 + number);
  }

  /// The model of a case.
  static byte[] bytes(Kind kind, long seed, long number) {
    SplittableRandom random = random(seed, number);
    return switch (kind) {
      case SCHEMA -> OnnxWriter.toBytes(SchemaGraphs.of(random));
      case VALID -> OnnxWriter.toBytes(ValidGraphs.of(random));
      case MUTATION ->
          WireMutation.of(
              OnnxWriter.toBytes(
                  random.nextInt(3) == 0 ? SchemaGraphs.of(random) : ValidGraphs.of(random)),
              random);
    };
  }
}
