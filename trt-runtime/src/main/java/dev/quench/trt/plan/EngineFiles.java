// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.trt.TensorRtException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Reads and writes a plan and the manifest beside it: `model.engine` and `model.engine.json`.
public final class EngineFiles {
  private EngineFiles() {}

  public static Path manifestOf(Path plan) {
    return plan.resolveSibling(plan.getFileName() + ".json");
  }

  public static void checkWritable(Path plan) throws IOException {
    AtomicFile.checkWritable(plan);
    AtomicFile.checkWritable(manifestOf(plan));
  }

  /// Writes both. A plan does not load with a missing or older manifest, so a reader between the
  /// two writes gets an error instead of a wrong engine.
  public static void write(Path plan, MemorySegment bytes, EngineManifest manifest)
      throws IOException {
    AtomicFile.write(plan, out -> PlanBytes.write(bytes, out));
    AtomicFile.writeString(manifestOf(plan), manifest.toJson());
  }

  /// @throws TensorRtException if it is missing or damaged
  public static EngineManifest readManifest(Path plan) throws IOException {
    Path file = manifestOf(plan);
    try (InputStream in = RegularFile.open(file)) {
      return EngineManifest.parse(in.readNBytes(EngineManifest.MAX_BYTES + 1), file.toString());
    } catch (NoSuchFileException e) {
      throw new TensorRtException(
          "%s has no manifest %s, so its GPU and TensorRT are unknown; build it"
                  .formatted(plan, file.getFileName())
              + " again, or say that you trust it like a program",
          e);
    }
  }
}
