// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.graph.Model;
import dev.quench.metric.MultiScale;
import dev.quench.metric.MultiScaleSession;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;

/// A backend whose sessions look at each image in several sizes; its name, and so that of its
/// results, is that of the backend behind it.
public record MultiScaleBackend(Backend backend, MultiScale how) implements Backend {
  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public Availability availability() {
    return backend.availability();
  }

  /// @throws IllegalArgumentException if the model is no segmentation network of one image, or its
  ///   height and width are fixed
  @Override
  public Session open(Model model, SessionOptions options) {
    Session session = backend.open(model, options);
    try {
      return MultiScaleSession.of(session, how);
    } catch (IllegalArgumentException e) {
      session.close();
      throw e;
    }
  }
}
