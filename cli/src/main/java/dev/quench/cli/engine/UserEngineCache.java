// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.engine;

import dev.quench.cli.output.ErrorLine;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.run.Backend;
import dev.quench.trt.cache.EngineCache;
import java.io.IOException;

/// Keeps engines in the user's cache folder, for commands that run one model again and again.
public final class UserEngineCache {
  private UserEngineCache() {}

  /// The backend with that folder. Where the folder cannot be used, a note says why, and the
  /// backend builds its engines each time.
  ///
  /// @param backend that can run here
  public static Backend of(Backend backend, QuenchCommand command) {
    try {
      return backend.cachedIn(EngineCache.userFolder());
    } catch (IOException e) {
      command.note("engines are not kept: " + ErrorLine.of(e));
      return backend;
    }
  }
}
