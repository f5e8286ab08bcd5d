// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.engine;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.run.Availability.Available;
import dev.quench.run.Backend;
import dev.quench.trt.cache.EngineCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where engines that a command builds are kept for the next one.
@OptionGroup("Engines")
public final class EngineCacheOptions {
  @Option(
      names = "--engine-cache",
      paramLabel = "DIR",
      description =
          "Folder of the engine and timing caches; default: one in your cache folder, and none on a cluster.")
  private @Nullable Path folder;

  @Option(
      names = "--no-engine-cache",
      description = "Build engines without engine cache and timing cache.")
  private boolean none;

  /// @throws picocli.CommandLine.ParameterException if the options contradict each other
  public void check(QuenchCommand command) {
    if (none && folder != null) {
      throw command.wrongUsage("give either --engine-cache or --no-engine-cache");
    }
  }

  /// The folder on this machine; empty if engines are not kept.
  public Optional<Path> folder() {
    return none
        ? Optional.empty()
        : Optional.of(folder == null ? EngineCache.userFolder() : folder);
  }

  /// The folder that all machines of a cluster share: one that was named, as the default may differ
  /// between them.
  public Optional<Path> shared() {
    return Optional.ofNullable(folder);
  }

  /// The backends that can run here with this folder, and the others as they are.
  public Set<Backend> cached(Set<Backend> backends) throws IOException {
    Optional<Path> used = folder();
    Set<Backend> cached = new LinkedHashSet<>();
    for (Backend backend : backends) {
      cached.add(
          used.isPresent() && backend.availability() instanceof Available
              ? backend.cachedIn(used.get())
              : backend);
    }
    return cached;
  }
}
