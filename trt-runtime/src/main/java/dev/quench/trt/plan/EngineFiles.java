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

/// A plan and its manifest as files beside each other: `model.engine` and `model.engine.json`.
public final class EngineFiles {
  private EngineFiles() {}

  public static Path manifestOf(Path plan) {
    return plan.resolveSibling(plan.getFileName() + ".json");
  }

  public static void checkWritable(Path plan) throws IOException {
    AtomicFile.checkWritable(plan);
    AtomicFile.checkWritable(manifestOf(plan));
  }

  /// Writes both. A plan whose manifest is missing or older does not load, so whoever reads between
  /// the two writes gets an error and no wrong engine.
  public static void write(Path plan, MemorySegment bytes, EngineManifest manifest)
      throws IOException {
    AtomicFile.write(plan, out -> PlanBytes.write(bytes, out));
    AtomicFile.writeString(manifestOf(plan), manifest.toJson());
  }

  /// @throws TensorRtException if there is none or it is damaged
  public static EngineManifest readManifest(Path plan) throws IOException {
    Path file = manifestOf(plan);
    try (InputStream in = RegularFile.open(file)) {
      return EngineManifest.parse(in.readNBytes(EngineManifest.MAX_BYTES + 1), file.toString());
    } catch (NoSuchFileException e) {
      throw new TensorRtException(
          "%s has no manifest %s, so nothing says which GPU and TensorRT it was built for; build it"
                  .formatted(plan, file.getFileName())
              + " again, or say that you trust it as you would a program",
          e);
    }
  }
}
