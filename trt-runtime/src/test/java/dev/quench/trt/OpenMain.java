// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.trt.backend.TensorRtBackend;

/// Opens a session and prints how that ended.
public final class OpenMain {
  private OpenMain() {}

  public static void main(String[] arguments) {
    try (Session session = new TensorRtBackend().open(Models.relu(4), SessionOptions.DEFAULT)) {
      System.out.println("opened " + session.inputs());
    } catch (BackendException e) {
      System.out.println(e.getClass().getName());
      System.out.println(e.getMessage());
    }
  }
}
