// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.graph.Model;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import java.nio.file.Path;

/// A backend whose sessions evaluate each image in several sizes; see [MultiScaleSession].
public record MultiScaleBackend(Backend backend, MultiScale how) implements Backend {
  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public Availability availability() {
    return backend.availability();
  }

  @Override
  public boolean usesGpu() {
    return backend.usesGpu();
  }

  @Override
  public MultiScaleBackend cachedIn(Path folder) throws IOException {
    return new MultiScaleBackend(backend.cachedIn(folder), how);
  }

  /// @throws IllegalArgumentException if the model cannot be run in several sizes
  @Override
  public Session open(Model model, SessionOptions options) {
    Session session = backend.open(model, options);
    try {
      return MultiScaleSession.of(session, how);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }
}
