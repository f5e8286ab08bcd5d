// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.engine;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.run.Availability.Available;
import dev.quench.run.Backend;
import dev.quench.trt.cache.EngineCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where engines that a command builds are kept for the next one.
@OptionGroup("Engines")
public final class EngineCacheOptions {
  @Option(
      names = "--engine-cache",
      paramLabel = "DIR",
      description = "Folder of the engine and timing caches; default: one in your cache folder.")
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

  /// Whether neither option was given.
  public boolean isUndecided() {
    return folder == null && !none;
  }

  /// The backend with this folder, if it can run here.
  ///
  /// @throws IOException if the folder was named and cannot be used
  public Backend cached(Backend backend, QuenchCommand command) throws IOException {
    if (none || !(backend.availability() instanceof Available)) {
      return backend;
    }
    return folder == null ? UserEngineCache.of(backend, command) : backend.cachedIn(folder);
  }
}
