// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.io.AtomicFile;
import dev.quench.io.FolderLock;
import dev.quench.io.PrivateFolder;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import dev.quench.trt.internal.Environment;
import dev.quench.trt.internal.build.TimingStore;
import dev.quench.trt.plan.PlanBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/// Times of kernels on a GPU, kept in a folder between builds: a build whose kernels were timed
/// before takes a fraction of the time.
///
/// One file for each version of TensorRT, GPU and CUDA, so times are used only where they are
/// valid. Builds of several processes merge their times under a lock; a file is written atomically
/// and only if it changed. Thread-safe.
public final class TimingCache {
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");
  private static final long MAX_BYTES = 1L << 30;
  private static final int KEY_DIGITS = 16;

  private final Path folder;

  private TimingCache(Path folder) {
    this.folder = folder;
  }

  /// Opens the timing cache in a folder, and creates the folder with mode 0700 if needed.
  ///
  /// @throws IOException if another user owns the folder or may enter it
  public static TimingCache open(Path folder) throws IOException {
    return new TimingCache(PrivateFolder.open(folder));
  }

  /// The file for one machine.
  TimingStore store(Environment environment) {
    return new FileStore(folder, name(environment));
  }

  /// Readable; a hash separates names that differ only in characters that a file name cannot hold.
  static String name(Environment environment) {
    String facts =
        "%s %s sm%s cuda%s driver%s"
            .formatted(
                environment.tensorRtVersion(),
                environment.device().name(),
                environment.device().computeCapability(),
                environment.cudaRuntime(),
                environment.cudaDriver());
    String hash = PlanBytes.sha256(facts.getBytes(StandardCharsets.UTF_8)).substring(0, KEY_DIGITS);
    return "timing-"
        + facts.replaceAll("[^A-Za-z0-9.]+", "-").replaceAll("\\.{2,}", ".")
        + "-"
        + hash;
  }

  private record FileStore(Path folder, String name) implements TimingStore {
    /// An unreadable cache only costs time, so the build continues without it.
    @Override
    public byte[] read() {
      Path file = folder.resolve(name);
      try {
        if (!Files.exists(file)) {
          return new byte[0];
        }
        return RegularFile.readAllBytes(file, MAX_BYTES);
      } catch (IOException | DataException e) {
        LOGGER.log(System.Logger.Level.WARNING, "timing cache ignored: " + e.getMessage());
        return new byte[0];
      }
    }

    /// Times that cannot be kept do not fail the build that measured them.
    @Override
    public void update(UnaryOperator<byte[]> merge) {
      Path file = folder.resolve(name);
      try (FolderLock _ = FolderLock.take(folder, name)) {
        byte[] before = read();
        byte[] after = merge.apply(before);
        if (!Arrays.equals(before, after)) {
          AtomicFile.writeBytes(file, after);
        }
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.WARNING, "times are not kept: " + e.getMessage());
      }
    }
  }
}
