// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import java.util.ArrayDeque;
import java.util.Deque;

/// Owns resources and closes them in reverse order of creation. Closing it twice is harmless.
public final class Scope implements AutoCloseable {
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();

  /// Takes ownership of a resource and returns it.
  public <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("cannot close a resource of the GPU", e);
      }
    }
  }
}
